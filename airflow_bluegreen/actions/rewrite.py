"""The rewritten SQL as one commit on ``bluegreen/<release>``: every byte that is deployed is in git."""

from airflow_bluegreen.actions.ledger import advance_to, current
from airflow_bluegreen.core.branching import message_with
from airflow_bluegreen.core.model import Commit, Phase, Plan, RefMove
from airflow_bluegreen.exceptions import ConflictError, RefusedError, TransientError
from airflow_bluegreen.ports import Narrator, Platform, Remote


def rewrite_branch(release: str) -> str:
    """The branch that holds the rewritten SQL of a release."""
    return f"bluegreen/{release}"


def rewrite(platform: Platform, plan: Plan, say: Narrator) -> Commit:
    """Commit the rewritten files, push them, note the commit in the ledger, and let the release be deployed.

    The commit is deterministic, so a second run finds the first one's. Raises ConflictError when somebody
    else committed on the branch, here or at the remote; TransientError when it cannot be pushed.
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
        message = message_with(plan, f"Rewrite table versions for {release}")
        commit = platform.repository.commit_files(
            plan.release, plan.rewritten, branch=branch, message=message
        )
        say(f"{len(plan.rewritten)} files rewritten, commit {commit.sha[:12]} on {branch}")
    if plan.rewritten and platform.remote is not None:
        _publish(platform, platform.remote, plan.release, commit, say)
    if record.phase is Phase.PLANNED:
        advance_to(platform, release, Phase.DEPLOYING, rewrite_sha=commit.sha)
    return commit


def _publish(platform: Platform, remote: Remote, parent: Commit, commit: Commit, say: Narrator) -> None:
    """Push the branch, unless the remote has it."""
    ref = f"refs/heads/{commit.ref}"
    try:
        there = remote.fetch((ref,)).get(ref)
        if there == commit.sha:
            return
        theirs = Commit(ref=commit.ref, sha=there) if there else None
        if theirs and (foreign := platform.repository.made_by_people(theirs, below=parent)):
            raise ConflictError(
                f"branch {commit.ref} of {remote.name} has commits that were not made by airflow-bluegreen "
                f"({foreign[0][:10]})",
                remedy=f"Merge or delete branch {commit.ref} there, then run it again",
            )
        remote.push((RefMove(ref=ref, before=there, after=commit.sha),))
    except ConflictError:
        raise
    except RefusedError as error:
        # The commit is safe here, and what a remote declines now it may take once somebody let us in.
        raise TransientError(f"{commit.ref} cannot be pushed: {error.what}", remedy=error.remedy) from error
    say(f"pushed {commit.ref} to {remote.name}")
