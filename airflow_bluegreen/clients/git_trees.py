"""What a commit holds: files read and written by object, never through an index or a working tree."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.exceptions import ProjectError, RefusedError, Where

_SUBMODULE = "160000"
_LINK = "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    mode: str
    object: str


class CommitFiles:
    """What commits hold.

    What the commit that was read last had as well is not read again: a base shares nearly all of its texts
    with its release.
    """

    def __init__(self, git: GitProcess) -> None:
        self._git = git
        self._texts: Mapping[str, str] = {}
        self._listed: tuple[tuple[str, str], Mapping[str, _Entry]] | None = None

    def read(self, commit: str, prefix: str, suffixes: Sequence[str]) -> Mapping[str, str]:
        """Text of every regular file below a prefix with one of the suffixes, by path from the prefix.

        Raises ProjectError for a file that is not UTF-8, RefusedError for one that a partial clone lacks.
        """
        wanted, start = tuple(suffixes), len(prefix)
        blobs = {
            path[start:]: entry.object
            for path, entry in self._tree(commit, prefix).items()
            if entry.mode.startswith("100") and path.endswith(wanted)
        }
        texts = dict(self._texts)
        unread = {path: blob for path, blob in blobs.items() if blob not in texts}
        for (path, blob), content in zip(unread.items(), self._contents(unread.values()), strict=True):
            texts[blob] = decoded(path, content)
        found = {path: texts[blob] for path, blob in blobs.items()}
        self._texts = {blob: texts[blob] for blob in blobs.values()}
        return found

    def submodules(self, commit: str, prefix: str) -> tuple[str, ...]:
        """The paths of other repositories inside this one, from the prefix; nothing of them is ever read."""
        found = self._tree(commit, prefix).items()
        return tuple(sorted(path.removeprefix(prefix) for path, entry in found if entry.mode == _SUBMODULE))

    def _tree(self, commit: str, prefix: str) -> Mapping[str, _Entry]:
        listed = self._listed
        if listed is None or listed[0] != (commit, prefix):
            listed = self._listed = (commit, prefix), _tree(self._git, commit, prefix)
        return listed[1]

    def _contents(self, blobs: Collection[str]) -> Iterator[bytes]:
        if not blobs:
            return
        asked = "".join(f"{blob}\n" for blob in blobs)
        status, output, err = self._git.attempt("cat-file", "--batch", stdin=asked.encode())
        if status:
            raise _lacking(err.strip().splitlines()[-1] if err.strip() else "git cat-file failed")
        yield from _batch(output)


def links(git: GitProcess, commit: str, prefix: str, suffixes: Sequence[str]) -> tuple[str, ...]:
    """The paths of symbolic links with one of the suffixes, from the prefix; they are never followed."""
    found = _tree(git, commit, prefix).items()
    names = (path.removeprefix(prefix) for path, entry in found if entry.mode == _LINK)
    return tuple(sorted(path for path in names if path.endswith(tuple(suffixes))))


def write_tree(git: GitProcess, parent: str, files: Mapping[str, str]) -> str:
    """The tree of a commit with these texts in place; a file that was there keeps its mode.

    :param files: text by path from the repository's root.

    Raises ProjectError for a path that git would leave out, which would make half a commit.
    """
    _check_paths(files)
    before = _tree(git, parent, "")
    with tempfile.TemporaryDirectory(prefix="bluegreen-git-") as folder:
        for number, text in enumerate(files.values()):
            Path(folder, str(number)).write_bytes(text.encode())
        paths = "".join(f"{folder}/{number}\n" for number in range(len(files)))
        blobs = git.text("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=paths.encode()).split()
        modes = [before[path].mode if path in before else "100644" for path in files]
        entries = "".join(
            f"{mode} {blob}\t{path}\0" for mode, blob, path in zip(modes, blobs, files, strict=True)
        )
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git.run("read-tree", parent, environment=index)
        git.run("update-index", "-z", "--index-info", stdin=entries.encode(), environment=index)
        return git.text("write-tree", environment=index)


def decoded(path: str, content: bytes) -> str:
    """The text of a file. Raises ProjectError with the line that is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ProjectError(
            "not UTF-8", where=Where(path=path, line=line), remedy="Save the file as UTF-8"
        ) from error


def _tree(git: GitProcess, commit: str, prefix: str) -> dict[str, _Entry]:
    arguments = ("ls-tree", "-r", "-z", "--full-tree", commit, *([prefix] if prefix else []))
    found: dict[str, _Entry] = {}
    for line in git.run(*arguments).decode(errors="surrogateescape").split("\0"):
        fields, _, path = line.partition("\t")
        if path:
            mode, _, name = fields.split(" ")
            found[path] = _Entry(mode=mode, object=name)
    return found


def _check_paths(paths: Iterable[str]) -> None:
    for path in paths:
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
            raise ProjectError(
                f"{path!r} leads out of the project", remedy="Give paths below the project's root"
            )


def _batch(output: bytes) -> Iterator[bytes]:
    """The contents in the output of ``cat-file --batch``."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end].split(b" ")
        if header[-1] == b"missing":
            raise _lacking(f"object {header[0].decode()} is missing")
        size = int(header[2])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def _lacking(what: str) -> RefusedError:
    # Fetching it here would run what the clone's configuration names.
    return RefusedError(
        f"this clone lacks files of its commits: {what.removeprefix('fatal: ')}",
        remedy="Clone it without --filter",
    )
