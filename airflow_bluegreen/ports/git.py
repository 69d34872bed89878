"""A project's git repository and its remote, as protocols."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from airflow_bluegreen.core.model import Commit, MergeConflict, RefMove, Tag


class RepositoryReader(Protocol):
    """A git repository, read at commits; the working tree is never looked at nor moved."""

    def resolve(self, ref: str) -> Commit:
        """The commit of a tag, branch (local, else of the remote) or sha.

        Raises UnknownRefError, near matches named.
        """
        ...

    def resolve_date(self, branch: str, date: str) -> Commit:
        """The branch's newest first-parent commit not after that ISO date or date-time.

        Raises UnknownRefError.
        """
        ...

    def latest_tag_before(self, ref: str, pattern: str) -> Commit | None:
        """The nearest tag of that glob on a proper ancestor of ``ref``, None where there is none."""
        ...

    def latest_tag_at_or_before(self, ref: str, pattern: str) -> Commit | None:
        """Like :meth:`latest_tag_before`, with the tags of ``ref`` itself."""
        ...

    def tags_like(self, pattern: str) -> tuple[Tag, ...]:
        """The tags of that glob that stand for commits, by name."""
        ...

    def read_files(self, commit: Commit, suffixes: Sequence[str]) -> Mapping[str, str]:
        """Text of every file with one of the suffixes at that commit, by path below the project."""
        ...

    def branch_head(self, branch: str) -> Commit | None:
        """The commit a local branch points to, None where there is no such branch."""
        ...

    def refs(self, names: Sequence[str]) -> Mapping[str, str]:
        """Full name → object (of an annotated tag: the tag) of the refs that are called so.

        ``refs/heads/main`` is that branch, ``refs/tags/`` all tags; absent ones are left out.
        """
        ...

    def contains(self, commit: Commit, other: Commit) -> bool:
        """Whether ``other`` is ``commit`` or one of its ancestors."""
        ...

    def same_content(self, commit: Commit, other: Commit) -> bool:
        """Whether two commits hold the same files, those outside the project too."""
        ...

    def brought_in(self, branch: Commit, commit: Commit) -> Commit:
        """The oldest commit on the branch's first-parent line that contains ``commit``, which it must."""
        ...

    def committed_at(self, commit: Commit) -> str:
        """When it was committed, ISO 8601 with its zone."""
        ...

    def checked_out(self) -> frozenset[str]:
        """The branches (``refs/heads/…``) that somebody works on here: moving one would confuse them."""
        ...

    def made_by_people(self, head: Commit, *, below: Commit) -> tuple[str, ...]:
        """Commits that ``head`` has, ``below`` has not, and ``commit_files`` did not make; newest first."""
        ...


class RepositoryWriter(Protocol):
    """Commits made on git objects, without a checkout."""

    def commit_files(self, parent: Commit, files: Mapping[str, str], *, branch: str, message: str) -> Commit:
        """One commit on ``branch`` = tree of ``parent`` with these texts in place, all or nothing.

        Deterministic (author date of the parent), so that doing it again gives the same sha. A branch that
        already holds this tree is left as it is and its head is returned; a branch that does not descend from
        ``parent`` is set anew only if nobody but this tool committed on it, else ConflictError.
        """
        ...

    def make_commit(self, parent: Commit, files: Mapping[str, str], *, message: str, at: float) -> Commit:
        """The tree of ``parent`` with these texts in place, as a commit that no ref points to yet.

        ``at`` is in seconds since the epoch.
        """
        ...

    def make_merge(self, into: Commit, other: Commit, *, message: str, at: float) -> Commit | MergeConflict:
        """A merge that no ref points to yet, its first parent ``into``; or the files in its way."""
        ...

    def make_tag(self, commit: Commit, name: str, *, message: str, at: float) -> str:
        """The object of an annotated tag that no ref points to yet."""
        ...

    def move_refs(self, moves: Sequence[RefMove], *, why: str) -> None:
        """Move all of these refs or none; ConflictError when one is no longer where its ``before`` says."""
        ...


class Remote(Protocol):
    """The repository that a team shares. Its refs are read as they are now, not as they were last fetched.

    Errors: TransientError when it cannot be reached, ConfigurationError when it does not let us in.
    """

    @property
    def name(self) -> str:
        """What people call it, such as ``origin``."""
        ...

    def address(self) -> str:
        """Where it is, without any credentials; empty where the clone does not know."""
        ...

    def fetch(self, names: Sequence[str]) -> Mapping[str, str]:
        """Full name → object of those refs (given by full name) that it has; the objects are here then."""
        ...

    def push(self, moves: Sequence[RefMove]) -> None:
        """Move all of these refs of the remote, or none.

        Raises ConflictError when one is no longer where its ``before`` says, RefusedError when the remote
        declines (a protected branch), OutcomeUnknownError when it broke off and cannot be asked.
        """
        ...


class Repository(RepositoryReader, RepositoryWriter, Protocol): ...
