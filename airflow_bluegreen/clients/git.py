"""A project's git repository, read and written by plumbing commands: the working tree is never touched."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    ProjectError,
    RefusedError,
    UnknownRefError,
    Where,
)

TRAILER = "Bluegreen-Rewrite-Of"
"""Names the parent in the message of a commit made here; it and the parent's date say that nobody else made
it.
"""

_NAME = "airflow-bluegreen"
_EMAIL = "bluegreen@localhost"
_REF = re.compile(r"(?![-/.])(?!.*(\.\.|//|@\{|\.lock$))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])")
_SUFFIX = re.compile(r"[~^][~^0-9]*\Z")
_SHA = re.compile(r"[0-9a-f]{4,40}\Z")


class GitRepository:
    """Implements :class:`airflow_bluegreen.ports.Repository`.

    :param path: a clone, a folder in one, or a bare repository.
    :param subdirectory: the project's folder below ``path``, where it is not ``path`` itself.
    """

    def __init__(self, path: str | Path, *, subdirectory: str = "") -> None:
        self._git = GitProcess(Path(path))
        self._subdirectory = subdirectory.strip("/")

    def exists(self) -> bool:
        """Whether the path is in a git repository at all."""
        try:
            return self._git.git_directory.exists()
        except ConfigurationError:
            return False

    def resolve(self, ref: str) -> Commit:
        """The commit of a tag, else a local branch, else one of ``origin``, else a sha or HEAD (``~n``
        allowed).
        """
        suffix = found[0] if (found := _SUFFIX.search(ref)) else ""
        name = ref.removesuffix(suffix)
        _check_ref(name)
        candidates = [f"refs/{folder}/{name}" for folder in ("tags", "heads", "remotes/origin", "remotes")]
        if name.startswith("refs/") or name == "HEAD" or _SHA.match(name):
            candidates.append(name)
        asked = "".join(f"{candidate}{suffix}^{{commit}}\n" for candidate in candidates)
        for answer in self._git.run("cat-file", "--batch-check", stdin=asked.encode()).decode().splitlines():
            if answer.split(" ")[1:2] == ["commit"]:
                return Commit(ref=ref, sha=answer.split(" ")[0])
        raise self._unknown(name)

    def resolve_date(self, branch: str, date: str) -> Commit:
        """The branch's newest first-parent commit not after a date; a day means its end; UTC where no zone is
        given.
        """
        head = self.resolve(branch)
        bound = int(_moment(date).timestamp())
        sha = self._text("rev-list", "--first-parent", "--max-count=1", f"--min-age={bound}", head.sha)
        if not sha:
            raise UnknownRefError(
                f"branch {branch} has no commit on or before {date}", remedy="Give a later date, or a tag"
            )
        return Commit(ref=branch, sha=sha)

    def latest_tag_before(self, ref: str, pattern: str) -> Commit | None:
        """The nearest tag of that glob on a proper ancestor; of several on one commit the highest version."""
        sha = self.resolve(ref).sha
        return self._nearest_tag(sha, pattern, without=self._tags_at(sha))

    def latest_tag_at_or_before(self, ref: str, pattern: str) -> Commit | None:
        """Like :meth:`latest_tag_before`, with the tags of the commit itself."""
        return self._nearest_tag(self.resolve(ref).sha, pattern, without=())

    def read_files(self, commit: Commit, suffixes: Sequence[str]) -> Mapping[str, str]:
        """Text of every regular file with one of the suffixes, by path from the project's root."""
        prefix = self._prefix
        blobs = {
            path.removeprefix(prefix): blob
            for path, (_, blob) in self._tree(commit.sha, prefix).items()
            if path.endswith(tuple(suffixes))
        }
        asked = "".join(f"{blob}\n" for blob in blobs.values())
        contents = _batch(self._git.run("cat-file", "--batch", stdin=asked.encode()))
        return {path: _decode(path, content) for path, content in zip(blobs, contents, strict=True)}

    def branch_head(self, branch: str) -> Commit | None:
        """The commit of a local branch, None where there is none."""
        _check_ref(branch)
        status, out, _ = self._git.attempt(
            "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}"
        )
        return None if status else Commit(ref=branch, sha=out.decode().strip())

    def commit_files(self, parent: Commit, files: Mapping[str, str], *, branch: str, message: str) -> Commit:
        """One commit on ``branch``: the parent's tree with these texts; see the port for the rest."""
        _check_ref(branch)
        _check_paths(files)
        tree = self._write_tree(parent.sha, {f"{self._prefix}{path}": text for path, text in files.items()})
        head = self.branch_head(branch)
        if head and self._text("rev-parse", f"{head.sha}^{{tree}}") == tree and self._descends(head, parent):
            return head
        if head:
            self._refuse_foreign(branch, head, parent)
        made = self._commit_tree(tree, parent.sha, message)
        status, _, err = self._git.attempt(
            "update-ref",
            "-m",
            message.splitlines()[0],
            f"refs/heads/{branch}",
            made,
            head.sha if head else "0" * 40,
        )
        if status:
            raise ConflictError(
                f"branch {branch} moved meanwhile ({err.strip().splitlines()[-1]})", remedy="Run it again"
            )
        return Commit(ref=branch, sha=made)

    @property
    def _prefix(self) -> str:
        return self._git.prefix + (f"{self._subdirectory}/" if self._subdirectory else "")

    def _text(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
        return self._git.run(*arguments, stdin=stdin, environment=environment).decode().strip()

    def _unknown(self, ref: str) -> UnknownRefError:
        names = self._text(
            "for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags", "refs/heads", "refs/remotes"
        )
        near = get_close_matches(ref, names.splitlines())
        return UnknownRefError(
            f"no tag, branch or commit {ref}",
            remedy=f"Did you mean {', '.join(near)}?"
            if near
            else "`git fetch --tags` brings those of the remote",
        )

    def _nearest_tag(self, sha: str, pattern: str, *, without: Iterable[str]) -> Commit | None:
        left_out = [part for tag in without for part in ("--exclude", tag)]
        status, out, err = self._git.attempt(
            "describe", "--tags", "--abbrev=0", "--candidates=100", "--match", pattern, *left_out, sha
        )
        if status:
            if "fatal: No " in err:
                return None
            raise RefusedError(f"git describe failed: {err.strip()}", remedy="Look at the repository's tags")
        nearest = self.resolve(f"refs/tags/{out.decode().strip()}").sha
        tags = [tag for tag in self._tags_at(nearest) if fnmatchcase(tag, pattern)]
        return Commit(ref=max(tags, key=_version_key), sha=nearest)

    def _tags_at(self, sha: str) -> list[str]:
        return self._text(
            "for-each-ref", f"--points-at={sha}", "--format=%(refname:lstrip=2)", "refs/tags"
        ).split()

    def _tree(self, sha: str, prefix: str) -> dict[str, tuple[str, str]]:
        """Path → (mode, blob) of the regular files below a prefix; links and submodules are left out."""
        arguments = ("ls-tree", "-r", "-z", "--full-tree", sha, *([prefix] if prefix else []))
        found: dict[str, tuple[str, str]] = {}
        for entry in self._git.run(*arguments).decode(errors="surrogateescape").split("\0"):
            fields, _, path = entry.partition("\t")
            if fields.startswith("100"):
                mode, _, blob = fields.split(" ")
                found[path] = mode, blob
        return found

    def _write_tree(self, parent: str, files: Mapping[str, str]) -> str:
        modes = self._tree(parent, "")
        with tempfile.TemporaryDirectory(prefix="bluegreen-git-") as folder:
            for number, text in enumerate(files.values()):
                Path(folder, str(number)).write_bytes(text.encode())
            paths = "".join(f"{folder}/{number}\n" for number in range(len(files)))
            blobs = self._text(
                "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths.encode()
            ).split()
            entries = "".join(
                f"{modes.get(path, ('100644', ''))[0]} {blob}\t{path}\0"
                for path, blob in zip(files, blobs, strict=True)
            )
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self._git.run("read-tree", parent, environment=index)
            self._git.run("update-index", "-z", "--index-info", stdin=entries.encode(), environment=index)
            return self._text("write-tree", environment=index)

    def _commit_tree(self, tree: str, parent: str, message: str) -> str:
        author, committer = self._text(
            "show", "--no-patch", "--format=%ad%n%cd", "--date=raw", parent
        ).splitlines()
        name = self._configured("user.name") or _NAME
        email = self._configured("user.email") or _EMAIL
        people = {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
            "GIT_AUTHOR_DATE": author,
            "GIT_COMMITTER_DATE": committer,
        }
        text = f"{message.rstrip()}\n\n{TRAILER}: {parent}\n"
        return self._text(
            "commit-tree", tree, "-p", parent, "-F", "-", stdin=text.encode(), environment=people
        )

    def _configured(self, key: str) -> str:
        status, out, _ = self._git.attempt("config", "--get", key)
        return "" if status else out.decode().strip()

    def _descends(self, head: Commit, parent: Commit) -> bool:
        return self._git.attempt("merge-base", "--is-ancestor", parent.sha, head.sha)[0] == 0

    def _refuse_foreign(self, branch: str, head: Commit, parent: Commit) -> None:
        """ConflictError unless every commit that setting the branch anew would lose was made here."""
        checked_out = self._git.attempt("symbolic-ref", "--quiet", "HEAD")[1].decode().strip()
        if checked_out == f"refs/heads/{branch}":
            raise ConflictError(f"branch {branch} is checked out", remedy="Switch to another branch first")
        shown = f"%H %ct %P%x00%(trailers:key={TRAILER},valueonly,separator=%x20)"
        for line in self._text("log", f"--format={shown}", head.sha, f"^{parent.sha}").splitlines():
            commit, _, trailer = line.partition("\0")
            sha, date, *parents = commit.split(" ")
            ours = [trailer] == parents and date == self._text("show", "-s", "--format=%ct", trailer)
            if not ours:
                raise ConflictError(
                    f"branch {branch} has commits that were not made by {_NAME} ({sha[:10]})",
                    remedy=f"Merge or delete branch {branch}, then run it again",
                )


def _check_ref(ref: str) -> None:
    if not _REF.fullmatch(ref):
        raise UnknownRefError(
            f"{ref!r} cannot be the name of a tag or branch", remedy="Give a tag, branch or sha"
        )


def _check_paths(paths: Iterable[str]) -> None:
    # git itself leaves such entries out with a warning, which would make half a commit
    for path in paths:
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
            raise ProjectError(
                f"{path!r} leads out of the project", remedy="Give paths below the project's root"
            )


def _moment(date: str) -> datetime:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError as error:
        raise UnknownRefError(
            f"{date!r} is not a date", remedy="Write 2025-01-31 or 2025-01-31T18:00"
        ) from error
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", date):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _batch(output: bytes) -> Iterator[bytes]:
    """The contents in the output of ``cat-file --batch``."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end].split(b" ")
        if header[-1] == b"missing":
            raise RefusedError(
                f"object {header[0].decode()} is missing",
                remedy="The clone is partial: `git fetch --refetch` it",
            )
        size = int(header[2])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def _decode(path: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ProjectError(
            "not UTF-8", where=Where(path=path, line=line), remedy="Save the file as UTF-8"
        ) from error


def _version_key(tag: str) -> tuple[tuple[int, int, str], ...]:
    """``v1.10.0`` after ``v1.9.0``, and ``v1.10.0`` after ``v1.10.0-rc1``."""
    parts = re.findall(r"\d+|[^\d]+", tag.replace("-", "~"))
    # "~" (a pre-release) before the end of the tag, the end before anything else
    keys = [
        (1, int(part), "") if part.isdigit() else (-1 if part.startswith("~") else 1, -1, part)
        for part in parts
    ]
    return (*keys, (0, 0, ""))
