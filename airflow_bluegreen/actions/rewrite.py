"""The rewritten SQL as one commit on ``bluegreen/<release>``: every byte that is deployed is in git."""

from airflow_bluegreen.actions.ledger import advance_to, current
from airflow_bluegreen.core.model import Commit, Phase, Plan
from airflow_bluegreen.ports import Narrator, Platform


def rewrite_branch(release: str) -> str:
    """The branch that holds the rewritten SQL of a release."""
    return f"bluegreen/{release}"


def rewrite(platform: Platform, plan: Plan, say: Narrator) -> Commit:
    """Commit the rewritten files, note the commit in the ledger, and let the release be deployed.

    The commit is deterministic, so a second run finds the first one's. Raises ConflictError when somebody
    else committed on the branch.
    """
    release = plan.release.ref
    record = current(platform, release)
    branch = rewrite_branch(release)
    if record.rewrite_sha is not None:
        say(f"rewritten already: {record.rewrite_sha[:12]}")
        commit = Commit(ref=branch if plan.rewritten else release, sha=record.rewrite_sha)
    elif not plan.rewritten:
        say("no file to rewrite: the release's text carries its versions already")
        commit = plan.release
    else:
        message = f"Rewrite table versions for {release}\n\n" + "\n".join(_renames(plan))
        commit = platform.repository.commit_files(
            plan.release, plan.rewritten, branch=branch, message=message
        )
        say(f"{len(plan.rewritten)} files rewritten, commit {commit.sha[:12]} on {branch}")
    if record.phase is Phase.PLANNED:
        advance_to(platform, release, Phase.DEPLOYING, rewrite_sha=commit.sha)
    return commit


def _renames(plan: Plan) -> list[str]:
    return [
        f"{planned.blue or 'new'} -> {planned.green or 'removed'} ({planned.trigger})"
        for planned in plan.tables
    ]
