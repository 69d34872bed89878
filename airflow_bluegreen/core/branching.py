"""How a release is named and told in git: its branch, its tag, its messages, what starting it does."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from airflow_bluegreen.core.model import FlowEffects, GitSettings, Plan, RefMove
from airflow_bluegreen.exceptions import RefusedError

_SHOWN = 10
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?|[^@/:]+@)(?P<host>[^/:]+)(?::\d+)?[:/]+(?P<path>[^?#]+?)/?"
)


def release_branch(settings: GitSettings, version: str) -> str:
    """The branch on which a release is prepared."""
    return settings.release_branch.replace("{version}", version)


def version_on(settings: GitSettings, branch: str) -> str | None:
    """The release that a branch is for; None for a branch that is none of a release."""
    before, _, after = settings.release_branch.partition("{version}")
    if len(branch) <= len(before) + len(after) or not (branch.startswith(before) and branch.endswith(after)):
        return None
    return branch.removeprefix(before).removesuffix(after)


def check_version(version: str, release_tags: str) -> None:
    """Raises RefusedError for a version whose tag would not count as a release."""
    if not fnmatchcase(version, release_tags):
        raise RefusedError(
            f"{version} is not a release: its tag does not match {release_tags}",
            remedy="Name it so that it does, or change `release_tags` in bluegreen.yaml",
        )


def version_order(tag: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts ``v1.10.0`` after ``v1.9.0``, and ``v1.10.0`` after ``v1.10.0-rc1``."""
    parts = re.findall(r"\d+|[^\d]+", tag.replace("-", "~"))
    # "~" (a pre-release) before the end of the tag, the end before anything else
    keys = [
        (1, int(part), "") if part.isdigit() else (-1 if part.startswith("~") else 1, -1, part)
        for part in parts
    ]
    return (*keys, (0, 0, ""))


def commit_page(address: str, sha: str) -> str:
    """The page of a commit, by the address of its remote, where that is at a git host; else empty.

    ``https://git.test/shop/sql.git`` and ``git@git.test:shop/sql.git`` both have their pages below
    ``https://git.test/shop/sql/commit/``.
    """
    found = _REMOTE.fullmatch(address)
    return f"https://{found['host']}/{found['path'].removesuffix('.git')}/commit/{sha}" if found else ""


def renames(plan: Plan) -> list[str]:
    """A line for each table of a plan: its name before and after, and why."""
    return [
        f"{planned.blue or 'new'} -> {planned.green or 'removed'} ({planned.trigger})"
        for planned in plan.tables
    ]


def message_with(plan: Plan, subject: str) -> str:
    """A commit message that tells the plan."""
    return f"{subject}\n\n" + "\n".join(renames(plan) or ["No table changes."])


def effect_lines(effects: FlowEffects) -> list[str]:
    """What is done to git, for people: commits made, refs moved at the remote and here."""
    lines = [f"commit   {made.sha[:_SHOWN]}  {made.subject}" for made in effects.commits]
    lines += [f"push     {_move(move)}" for move in effects.pushed]
    lines += [f"here     {_move(move)}" for move in effects.here]
    pull = "is checked out here and stays behind: `git pull` in it"
    lines += [f"note     {_short(ref)} {pull}" for ref in effects.left]
    return lines or [f"nothing to do for {effects.version}"]


def effects_json(effects: FlowEffects) -> dict[str, Any]:
    """The same for programs; full object names, None for an absent ref."""
    return {
        "version": effects.version,
        "branch": effects.branch,
        "remote": effects.remote,
        "commits": [
            {"sha": made.sha, "subject": made.subject, "parents": list(made.parents)}
            for made in effects.commits
        ],
        "pushed": _moves(effects.pushed),
        "here": _moves(effects.here),
        "left": list(effects.left),
    }


def _moves(moves: Sequence[RefMove]) -> list[Mapping[str, str | None]]:
    return [{"ref": move.ref, "before": move.before, "after": move.after} for move in moves]


def _move(move: RefMove) -> str:
    before, after = (sha[:_SHOWN] if sha else "–" for sha in (move.before, move.after))
    return f"{_short(move.ref):<30} {before:<{_SHOWN}} → {after}"


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/")
