"""Starting a release: its branch is cut, and the new versions of its tables are committed there."""

from collections.abc import Callable
from dataclasses import replace

from airflow_bluegreen.actions.branches import Clone, effects_of, perform, read_tips, refuse_without
from airflow_bluegreen.actions.read_release import plan_over, plan_release
from airflow_bluegreen.actions.since import commit_since
from airflow_bluegreen.core.branching import check_version, message_with
from airflow_bluegreen.core.model import Commit, FlowEffects, MadeCommit, Plan
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Narrator, Platform, Repository, RepositoryReader

Planner = Callable[[Commit, Commit | None], Plan]
"""(commit to release, newest release on main or None) → plan."""


def planner_over_git(repository: RepositoryReader, since: str | None) -> Planner:
    """Plans over ``since`` (a date, tag, branch or commit), else over the newest release on main."""

    def plan(commit: Commit, base: Commit | None) -> Plan:
        before = commit_since(repository, since, commit.sha) if since else base
        return plan_over(repository, commit, before)[0]

    return plan


def planner_over_ledger(
    platform: Platform, environment: str, repository: Repository, since: str | None
) -> Planner:
    """Plans over what is live in an environment, so that the versions follow those that run there.

    :param repository: where the commits to plan are; that of the platform need not have them yet.
    """
    site = replace(platform, repository=repository)

    def plan(commit: Commit, base: Commit | None) -> Plan:
        before = commit_since(repository, since, commit.sha).sha if since else None
        return plan_release(site, environment=environment, release=commit.sha, base=before)

    return plan


def start_release(
    clone: Clone, version: str, planner: Planner, say: Narrator, *, dry_run: bool = False
) -> FlowEffects:
    """Cut ``release/<version>``, or go on with it, so that its text carries the versions that are planned.

    Whatever was committed on the branch since is planned too, so it may be run again after each repair.
    Raises RefusedError when the release is finished, or when its start lacks the newest release on main.

    :param version: the tag that the release will have.
    :param dry_run: only say what would be done.
    """
    check_version(version, clone.release_tags)
    tips = read_tips(clone, version)
    if tips.tag.commit is not None:
        raise RefusedError(f"release {version} is finished: it has its tag", remedy="Take the next version")
    begun = tips.branch if tips.branch.commit else tips.cut_from
    parent = begun.at
    base = clone.repository.latest_tag_at_or_before(tips.main.at.sha, clone.release_tags)
    refuse_without(clone, parent, base, begun.name)
    plan = planner(parent, base)
    head, commits = parent, []
    if plan.rewritten:
        subject = f"Rewrite table versions for {version}"
        at = clone.clock.now()
        head = clone.repository.make_commit(
            parent, plan.rewritten, message=message_with(plan, subject), at=at
        )
        commits.append(MadeCommit(sha=head.sha, subject=subject, parents=(parent.sha,)))
    say(f"{version} over {base.ref if base else 'nothing'}: {len(plan.tables)} tables get a new version")
    effects = effects_of(clone, version, (tips.branch,), {tips.branch.ref: head.sha}, tuple(commits))
    if not dry_run:
        perform(clone, effects, f"start release {version}", say)
    return effects
