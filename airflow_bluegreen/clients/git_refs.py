"""Names of commits: tags, branches, dates."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from difflib import get_close_matches
from fnmatch import fnmatchcase

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.core.branching import version_order
from airflow_bluegreen.core.model import Commit, Tag
from airflow_bluegreen.exceptions import RefusedError, UnknownRefError

UNSHALLOW = "This clone is shallow: `git fetch --unshallow --tags` brings the rest"
"""The remedy where a shallow clone may lack what is asked for."""

_REF = re.compile(r"(?![-/.])(?!.*(\.\.|//|@\{|\.lock$))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])")
_SUFFIX = re.compile(r"[~^][~^0-9]*\Z")
_SHA = re.compile(r"[0-9a-f]{4,64}\Z")
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


def check_ref(ref: str) -> None:
    """Raises UnknownRefError for what cannot be a tag or branch, so that it never reaches git."""
    if not _REF.fullmatch(ref):
        raise UnknownRefError(
            f"{ref!r} cannot be the name of a tag or branch", remedy="Give a tag, branch or sha"
        )


def resolve(git: GitProcess, ref: str) -> Commit:
    """The commit of a tag, else a local branch, else one of ``origin``, else a sha or HEAD (``~n`` allowed).

    Raises UnknownRefError, near matches named.
    """
    suffix = found[0] if (found := _SUFFIX.search(ref)) else ""
    name = ref.removesuffix(suffix)
    check_ref(name)
    candidates = [f"refs/{folder}/{name}" for folder in ("tags", "heads", "remotes/origin", "remotes")]
    if name.startswith("refs/") or name == "HEAD" or _SHA.match(name):
        candidates.append(name)
    asked = "".join(f"{candidate}{suffix}^{{commit}}\n" for candidate in candidates)
    for answer in git.run("cat-file", "--batch-check", stdin=asked.encode()).decode().splitlines():
        if answer.split(" ")[1:2] == ["commit"]:
            return Commit(ref=ref, sha=answer.split(" ")[0])
    raise _unknown(git, name)


def resolve_date(git: GitProcess, branch: str, date: str) -> Commit:
    """The branch's newest first-parent commit not after a date; a day means its end; UTC where no zone is
    given.

    Raises UnknownRefError, also where a shallow clone ends after that date.
    """
    head = resolve(git, branch)
    bound = int(_moment(date).timestamp())
    sha = git.text("rev-list", "--first-parent", "--max-count=1", f"--min-age={bound}", head.sha)
    if not sha:
        raise UnknownRefError(
            f"branch {branch} has no commit on or before {date}",
            remedy=UNSHALLOW if git.shallow_file else "Give a later date, or a tag",
        )
    return Commit(ref=branch, sha=sha)


def nearest_tag(git: GitProcess, ref: str, pattern: str, *, itself: bool) -> Commit | None:
    """The nearest tag of that glob on an ancestor of ``ref``; of several on one commit the highest version.

    :param itself: whether a tag on the commit of ``ref`` counts.

    Raises UnknownRefError where there is none and the clone is shallow, as there may be one further back.
    """
    sha = resolve(git, ref).sha
    left_out = [] if itself else [part for tag in _tags_at(git, sha) for part in ("--exclude", tag)]
    status, out, err = git.attempt(
        "describe", "--tags", "--abbrev=0", "--candidates=100", "--match", pattern, *left_out, sha
    )
    if status:
        if "fatal: No " not in err:
            raise RefusedError(f"git describe failed: {err.strip()}", remedy="Look at the repository's tags")
        if git.shallow_file:
            raise UnknownRefError(f"no tag {pattern} is known before {ref}", remedy=UNSHALLOW)
        return None
    nearest = resolve(git, f"refs/tags/{out.decode().strip()}").sha
    tags = [tag for tag in _tags_at(git, nearest) if fnmatchcase(tag, pattern)]
    return Commit(ref=max(tags, key=version_order), sha=nearest)


def list_tags(git: GitProcess, pattern: str) -> tuple[Tag, ...]:
    """The tags of that glob that stand for commits, by name."""
    # Of an annotated tag the second pair describes what it stands for.
    fields = "%(objectname) %(objecttype) %(*objectname) %(*objecttype)"
    listed = git.text(
        "for-each-ref", f"--format=%(refname:lstrip=2)%09{fields}%09%(creatordate:iso-strict)", "refs/tags"
    )
    found = []
    for line in listed.splitlines():
        name, objects, at = line.split("\t")
        sha, kind = objects.split()[-2:]
        if kind == "commit" and fnmatchcase(name, pattern):
            found.append(Tag(name=name, sha=sha, at=at))
    return tuple(found)


def read_refs(git: GitProcess, names: Sequence[str]) -> Mapping[str, str]:
    """Full name → the object it points to (for an annotated tag: the tag), of refs given by name or folder.

    ``refs/tags/`` gives all tags, ``refs/heads/main`` that branch; absent ones are left out.
    """
    listed = git.text("for-each-ref", "--format=%(objectname) %(refname)", *names).splitlines()
    return {name: sha for sha, _, name in (line.partition(" ") for line in listed)}


def _unknown(git: GitProcess, ref: str) -> UnknownRefError:
    names = git.text(
        "for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags", "refs/heads", "refs/remotes"
    )
    near = get_close_matches(ref, names.splitlines())
    if near:
        remedy = f"Did you mean {', '.join(near)}?"
    else:
        remedy = UNSHALLOW if git.shallow_file else "`git fetch --tags` brings those of the remote"
    return UnknownRefError(f"no tag, branch or commit {ref}", remedy=remedy)


def _tags_at(git: GitProcess, sha: str) -> Iterable[str]:
    return git.text("for-each-ref", f"--points-at={sha}", "--format=%(refname:lstrip=2)", "refs/tags").split()


def _moment(date: str) -> datetime:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError as error:
        raise UnknownRefError(
            f"{date!r} is not a date", remedy="Write 2025-01-31 or 2025-01-31T18:00"
        ) from error
    if _DAY.fullmatch(date):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
