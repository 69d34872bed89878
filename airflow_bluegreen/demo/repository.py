"""The demo's git repository: commits and tags that are the same, byte for byte, wherever they are made."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, UnknownRefError

_AUTHOR = {"NAME": "Retail Team", "EMAIL": "retail@example.org"}
# Neither the user's configuration nor a hook, a template or a signing key may have a say in what comes out.
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.autocrlf": "false",
    "core.fileMode": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "init.defaultBranch": "main",
}
_MAIN = "refs/heads/main"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """A release of the demo project; its files are in the package folder of its tag."""

    tag: str
    date: str
    message: str


RELEASES = (
    _Release(tag="v1.0.0", date="2026-01-05T09:00:00+00:00", message="Retail pipelines"),
    _Release(
        tag="v1.0.1",
        date="2026-01-12T09:00:00+00:00",
        message="Small rests count as paid, bulky goods from 20 kg, receivables by segment",
    ),
    _Release(
        tag="v1.0.2",
        date="2026-01-19T09:00:00+00:00",
        message="Nothing is owed for cancelled orders",
    ),
)


def create_repository(path: Path, releases: Sequence[str] = ("v1.0.0", "v1.0.1")) -> None:
    """Make a git repository with the demo project: branch ``main``, one commit and one tag a release.

    The commits have fixed authors and dates, so their ids are always the same.

    :param path: the folder to make; it must be absent or empty.
    :param releases: the tags to make, oldest first, without gaps.
    :raises ConflictError: the folder is not empty.
    :raises UnknownRefError: the demo has no such release, or not in this order.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ConflictError(
            f"{path} exists and is not an empty folder", remedy="Name another folder, or empty this one"
        )
    known = tuple(release.tag for release in RELEASES)
    if not releases or tuple(releases) != known[: len(releases)]:
        raise UnknownRefError(
            f"the demo has no releases {', '.join(releases) or '(none)'} in this order",
            remedy=f"It has {', '.join(known)}; name the first ones, oldest first",
        )
    path.mkdir(parents=True, exist_ok=True)
    _git(path, "init", "--quiet", "--template=")
    for tag in releases:
        add_release(path, tag)


def add_release(path: Path, tag: str) -> None:
    """Commit a release of the demo project on ``main``, as its developers would, and tag it.

    The commit is made on that of the release before. Where ``main`` has moved on since (a rewritten release
    was merged into it), the commit is merged into ``main``, and the tag is on the merge. A checked-out
    ``main`` gets the new files.

    :param path: a repository that :func:`create_repository` made, its working tree without changes.
    :param tag: the release to add; it must be the one after the newest that the repository has.
    :raises UnknownRefError: the demo has no such release, or the one before it is not in the repository.
    :raises ConflictError: the tag exists, the working tree has changes, or the release cannot be merged.
    """
    release = next((each for each in RELEASES if each.tag == tag), None)
    if release is None:
        known = ", ".join(each.tag for each in RELEASES)
        raise UnknownRefError(f"the demo has no release {tag}", remedy=f"It has {known}")
    if _found(path, f"refs/tags/{tag}"):
        raise ConflictError(f"{path} already has the tag {tag}", remedy="Nothing is left to do")
    if _git(path, "status", "--porcelain", "--untracked-files=no"):
        raise ConflictError(f"{path} has changes that are not committed", remedy="Commit or undo them")
    parent = _parent(path, release)
    commit = _commit(path, release, _tree(path, release, parent), [parent] if parent else [])
    main = _found(path, _MAIN)
    if main != parent and main is not None:
        commit = _merge(path, release, main, commit)
    _git(path, "update-ref", "-m", f"commit: {release.message}", _MAIN, commit, main or "0" * 40)
    _git(path, "tag", "--annotate", "--message", release.message, tag, commit, environment=_dated(release))
    if _git(path, "symbolic-ref", "HEAD") == _MAIN:
        _git(path, "reset", "--hard", "--quiet")


def _parent(path: Path, release: _Release) -> str | None:
    """The commit of the release before; None for the first release."""
    index = RELEASES.index(release)
    if index == 0:
        return None
    before = RELEASES[index - 1].tag
    parent = _found(path, f"refs/tags/{before}")
    if parent is None:
        raise UnknownRefError(f"{path} has no tag {before}", remedy=f"Add the release {before} first")
    return parent


def _tree(path: Path, release: _Release, parent: str | None) -> str:
    """The tree of the parent with the release's files laid over it, made in an index of its own."""
    index = Path(_git(path, "rev-parse", "--absolute-git-dir")) / f"index.{release.tag}"
    own_index = {"GIT_INDEX_FILE": str(index)}
    try:
        _git(path, "read-tree", *([parent] if parent else ["--empty"]), environment=own_index)
        for name, content in release_files(release.tag).items():
            blob = _git(path, "hash-object", "-w", "--stdin", "--no-filters", text=content)
            _git(path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}", environment=own_index)
        return _git(path, "write-tree", environment=own_index)
    finally:
        index.unlink(missing_ok=True)


def release_files(tag: str) -> Mapping[str, str]:
    """Text of the files that a release of the demo project brings or changes, by path in the repository."""
    return dict(_walk(files("airflow_bluegreen.demo") / "project" / tag, ""))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        name = f"{prefix}{entry.name}"
        found += _walk(entry, f"{name}/") if entry.is_dir() else [(name, entry.read_text(encoding="utf-8"))]
    return found


def _commit(path: Path, release: _Release, tree: str, parents: Sequence[str]) -> str:
    named = [argument for parent in parents for argument in ("-p", parent)]
    return _git(path, "commit-tree", *named, "-m", release.message, tree, environment=_dated(release))


def _merge(path: Path, release: _Release, main: str, commit: str) -> str:
    try:
        tree = _git(path, "merge-tree", "--write-tree", main, commit)
    except ConfigurationError as error:
        raise ConflictError(
            f"{release.tag} cannot be merged into main of {path}: {error.what}",
            remedy="Make the demo repository anew",
        ) from error
    return _commit(path, release, tree, [main, commit])


def _dated(release: _Release) -> Mapping[str, str]:
    return {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (_AUTHOR | {"DATE": release.date}).items()
    }


def _found(path: Path, ref: str) -> str | None:
    """The commit that a tag or branch stands for; None where there is no such ref."""
    peeled = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
    return _git(path, "for-each-ref", f"--format={peeled}", ref) or None


def _git(path: Path, *arguments: str, text: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Run git in ``path`` with our settings only and return what it prints, without the last newline."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    settings = [argument for name, value in _SETTINGS.items() for argument in ("-c", f"{name}={value}")]
    program = shutil.which("git")
    if program is None:
        raise ConfigurationError("git is not installed", remedy="Install git 2.38 or newer")
    done = subprocess.run(
        [program, *settings, *arguments],
        cwd=path,
        input=text.encode(),
        capture_output=True,
        env=clean | dict(environment or {}),
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines() or ["no message"]
        raise ConfigurationError(
            f"git {arguments[0]} failed in {path}: {said[-1]}", remedy="git 2.38 or newer is needed"
        )
    return done.stdout.decode().rstrip("\n")
