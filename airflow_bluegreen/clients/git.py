"""A project's git repository, read and written by plumbing commands: the working tree is never touched."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from airflow_bluegreen.clients import git_commits, git_refs, git_trees
from airflow_bluegreen.clients.git_commits import TRAILER, Dates
from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.core.model import Commit, MergeConflict, RefMove, Tag
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, TransientError

_HEADS = "refs/heads/"
_LOCK = re.compile(r"Unable to create '([^']+\.lock)'")


class GitRepository:
    """Implements :class:`airflow_bluegreen.ports.Repository`.

    :param path: a clone, a folder in one, or a bare repository.
    :param subdirectory: the project's folder below ``path``, where it is not ``path`` itself.
    :param scratch: a folder that takes every object that is made, for a dry run; see :class:`GitProcess`.
    """

    def __init__(self, path: str | Path, *, subdirectory: str = "", scratch: Path | None = None) -> None:
        self._git = GitProcess(Path(path), scratch=scratch)
        self._files = git_trees.CommitFiles(self._git)
        self._subdirectory = subdirectory.strip("/")

    def exists(self) -> bool:
        """Whether the path is in a git repository at all."""
        try:
            return self._git.git_directory.exists()
        except ConfigurationError:
            return False

    def is_bare(self) -> bool:
        """Whether nothing is checked out beside it."""
        return self._git.work_tree is None

    def resolve(self, ref: str) -> Commit:
        """The commit of a tag, else a local branch, else one of ``origin``, else a sha or HEAD (``~n``
        allowed).
        """
        return git_refs.resolve(self._git, ref)

    def resolve_date(self, branch: str, date: str) -> Commit:
        """The branch's newest first-parent commit not after a date; a day means its end; UTC where no zone is
        given.
        """
        return git_refs.resolve_date(self._git, branch, date)

    def latest_tag_before(self, ref: str, pattern: str) -> Commit | None:
        """The nearest tag of that glob on a proper ancestor; of several on one commit the highest version."""
        return git_refs.nearest_tag(self._git, ref, pattern, itself=False)

    def latest_tag_at_or_before(self, ref: str, pattern: str) -> Commit | None:
        """Like :meth:`latest_tag_before`, with the tags of the commit itself."""
        return git_refs.nearest_tag(self._git, ref, pattern, itself=True)

    def tags_like(self, pattern: str) -> tuple[Tag, ...]:
        """The tags of that glob that stand for commits, by name."""
        return git_refs.list_tags(self._git, pattern)

    def read_files(self, commit: Commit, suffixes: Sequence[str]) -> Mapping[str, str]:
        """Text of every regular file with one of the suffixes, by path from the project's root."""
        return self._files.read(commit.sha, self._prefix, suffixes)

    def submodules(self, commit: Commit) -> tuple[str, ...]:
        """The paths of submodules in the project, which are never read."""
        return self._files.submodules(commit.sha, self._prefix)

    def links(self, commit: Commit, suffixes: Sequence[str]) -> tuple[str, ...]:
        """The paths of symbolic links in the project with one of the suffixes, which are never followed."""
        return git_trees.links(self._git, commit.sha, self._prefix, suffixes)

    def listed_files(self) -> tuple[str, ...]:
        """The files of the working tree that git knows or would add, by path from the project's root."""
        environment = {"GIT_WORK_TREE": str(self._git.work_tree)}
        listed = self._git.run(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", environment=environment
        )
        prefix = self._prefix
        paths = sorted(set(listed.decode(errors="surrogateescape").split("\0")))
        return tuple(path.removeprefix(prefix) for path in paths if path and path.startswith(prefix))

    def branch_head(self, branch: str) -> Commit | None:
        """The commit of a local branch, None where there is none."""
        git_refs.check_ref(branch)
        status, out, _ = self._git.attempt("rev-parse", "--verify", "--quiet", f"{_HEADS}{branch}^{{commit}}")
        return None if status else Commit(ref=branch, sha=out.decode().strip())

    def refs(self, names: Sequence[str]) -> Mapping[str, str]:
        """Full name → object of the refs with these names, or below them where they end in a slash."""
        return git_refs.read_refs(self._git, names)

    def contains(self, commit: Commit, other: Commit) -> bool:
        """Whether ``other`` is ``commit`` or one of its ancestors."""
        return self._git.attempt("merge-base", "--is-ancestor", other.sha, commit.sha)[0] == 0

    def same_content(self, commit: Commit, other: Commit) -> bool:
        """Whether two commits hold the same files, those outside the project too."""
        trees = self._git.text("rev-parse", f"{commit.sha}^{{tree}}", f"{other.sha}^{{tree}}").split()
        return trees[0] == trees[1]

    def brought_in(self, branch: Commit, commit: Commit) -> Commit:
        """The oldest commit of the branch's first-parent line that contains ``commit``, which it must."""
        line = self._git.text("rev-list", "--first-parent", branch.sha, f"^{commit.sha}").splitlines()
        having, without = 0, len(line)  # newest first: all before `having` contain it, none from `without` on
        while having < without:
            middle = (having + without) // 2
            if self.contains(Commit(ref=branch.ref, sha=line[middle]), commit):
                having = middle + 1
            else:
                without = middle
        if having == len(line) and (not line or self._git.text("rev-parse", f"{line[-1]}^1") == commit.sha):
            return commit
        return Commit(ref=branch.ref, sha=line[having - 1])

    def committed_at(self, commit: Commit) -> str:
        """When it was committed, ISO 8601 with its zone."""
        return self._git.text("show", "--no-patch", "--format=%cI", commit.sha)

    def checked_out(self) -> frozenset[str]:
        """The branches (``refs/heads/…``) that are checked out here or in a linked worktree."""
        listed = self._git.text("worktree", "list", "--porcelain").splitlines()
        return frozenset(line.removeprefix("branch ") for line in listed if line.startswith("branch "))

    def made_by_people(self, head: Commit, *, below: Commit) -> tuple[str, ...]:
        """The commits that ``head`` has and ``below`` has not and that :meth:`commit_files` did not make."""
        return git_commits.made_by_people(self._git, head.sha, below.sha)

    def make_commit(self, parent: Commit, files: Mapping[str, str], *, message: str, at: float) -> Commit:
        """A commit without a ref; see the port."""
        paths = {f"{self._prefix}{path}": text for path, text in files.items()}
        sha = git_commits.commit_with(self._git, parent.sha, paths, message, Dates.at(at))
        return Commit(ref=sha, sha=sha)

    def make_merge(self, into: Commit, other: Commit, *, message: str, at: float) -> Commit | MergeConflict:
        """A merge without a ref; see the port."""
        made = git_commits.make_merge(self._git, into.sha, other.sha, message, Dates.at(at))
        return made if isinstance(made, MergeConflict) else Commit(ref=made, sha=made)

    def make_tag(self, commit: Commit, name: str, *, message: str, at: float) -> str:
        """The object of an annotated tag without a ref."""
        git_refs.check_ref(name)
        return git_commits.make_tag(self._git, commit.sha, name, message, at)

    def move_refs(self, moves: Sequence[RefMove], *, why: str) -> None:
        """Move all of them or none; see the port."""
        none = self._git.no_object
        wanted = "".join(
            f"update {move.ref}\0{move.after or none}\0{move.before or none}\0" for move in moves
        )
        status, _, err = self._git.attempt("update-ref", "-m", why, "-z", "--stdin", stdin=wanted.encode())
        if status:
            names = ", ".join(move.ref for move in moves)
            if found := _LOCK.search(err):
                raise TransientError(
                    f"{names} cannot be moved: another git holds {found[1]}",
                    remedy="Run it again; where no git is running, delete that file first",
                )
            raise ConflictError(
                f"{names} moved meanwhile ({err.strip().splitlines()[-1]})", remedy="Run it again"
            )

    def commit_files(self, parent: Commit, files: Mapping[str, str], *, branch: str, message: str) -> Commit:
        """One commit on ``branch``: the parent's tree with these texts; see the port for the rest."""
        git_refs.check_ref(branch)
        paths = {f"{self._prefix}{path}": text for path, text in files.items()}
        tree = git_trees.write_tree(self._git, parent.sha, paths)
        head = self.branch_head(branch)
        if (
            head
            and self._git.text("rev-parse", f"{head.sha}^{{tree}}") == tree
            and self.contains(head, parent)
        ):
            return head
        if head:
            self._refuse_foreign(branch, head, parent)
        text = f"{message.rstrip()}\n\n{TRAILER}: {parent.sha}"
        dates = Dates.of(self._git, parent.sha)
        made = git_commits.make_commit(self._git, tree, (parent.sha,), text, dates)
        move = RefMove(ref=f"{_HEADS}{branch}", before=head.sha if head else None, after=made)
        self.move_refs((move,), why=message.splitlines()[0])
        return Commit(ref=branch, sha=made)

    @property
    def _prefix(self) -> str:
        return self._git.prefix + (f"{self._subdirectory}/" if self._subdirectory else "")

    def _refuse_foreign(self, branch: str, head: Commit, parent: Commit) -> None:
        """ConflictError unless every commit that setting the branch anew would lose was made here."""
        if f"{_HEADS}{branch}" in self.checked_out():
            raise ConflictError(f"branch {branch} is checked out", remedy="Switch to another branch first")
        foreign = self.made_by_people(head, below=parent)
        if foreign:
            raise ConflictError(
                f"branch {branch} has commits that were not made by airflow-bluegreen ({foreign[0][:10]})",
                remedy=f"Merge or delete branch {branch}, then run it again",
            )
