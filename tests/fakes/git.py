"""A git repository in memory, and another one that is its remote."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from fnmatch import fnmatch

from airflow_bluegreen.core.model import Commit, MergeConflict, RefMove, Tag
from airflow_bluegreen.exceptions import ConflictError, RefusedError, UnknownRefError
from tests.fakes.wire import Wire

TOOL = "airflow-bluegreen"
HEADS, TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCommit:
    files: Mapping[str, str]
    parents: tuple[str, ...]
    date: str
    message: str
    author: str

    def sha(self) -> str:
        return hashlib.sha1(
            repr((sorted(self.files.items()), self.parents, self.date, self.message)).encode()
        ).hexdigest()


class FakeRepository:
    """Implements ``ports.Repository``; dates are ISO texts of one form, so that they sort."""

    def __init__(self, files: Mapping[str, str] | None = None, *, branch: str = "main") -> None:
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.commits: dict[str, FakeCommit] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.tag_objects: dict[str, str] = {}
        self.tagged_at: dict[str, str] = {}
        self.worked_on: set[str] = set()
        if files is not None:
            self.commit(files, branch=branch)

    # --- the port ---

    def resolve(self, ref: str) -> Commit:
        with self.wire.call("resolve", ref):
            return self._resolve(ref)

    def resolve_date(self, branch: str, date: str) -> Commit:
        with self.wire.call("resolve_date", branch, date):
            if branch not in self.branches:
                raise UnknownRefError(f"no branch {branch}")
            # A day without a time means its end.
            bound = f"{date}T23:59:59" if len(date) == len("2025-01-01") else date
            for sha in self._first_parents(self.branches[branch]):
                if self.commits[sha].date <= bound:
                    return Commit(ref=branch, sha=sha)
            raise UnknownRefError(f"branch {branch} has no commit on or before {date}")

    def latest_tag_before(self, ref: str, pattern: str) -> Commit | None:
        with self.wire.call("latest_tag_before", ref, pattern):
            return self._nearest_tag(ref, pattern, skipped=1)

    def latest_tag_at_or_before(self, ref: str, pattern: str) -> Commit | None:
        with self.wire.call("latest_tag_at_or_before", ref, pattern):
            return self._nearest_tag(ref, pattern, skipped=0)

    def tags_like(self, pattern: str) -> tuple[Tag, ...]:
        with self.wire.call("tags_like", pattern):
            found = {name: at for name, at in sorted(self.tags.items()) if fnmatch(name, pattern)}
            commits = {name: self.tag_objects.get(at, at) for name, at in found.items()}
            return tuple(
                Tag(
                    name=name,
                    sha=commits[name],
                    at=f"{self.tagged_at.get(at, self.commits[commits[name]].date)}+00:00",
                )
                for name, at in found.items()
            )

    def read_files(self, commit: Commit, suffixes: Sequence[str]) -> Mapping[str, str]:
        with self.wire.call("read_files", commit, tuple(suffixes)):
            files = self.commits[commit.sha].files
            return {path: text for path, text in sorted(files.items()) if path.endswith(tuple(suffixes))}

    def branch_head(self, branch: str) -> Commit | None:
        with self.wire.call("branch_head", branch):
            sha = self.branches.get(branch)
            return Commit(ref=branch, sha=sha) if sha else None

    def refs(self, names: Sequence[str]) -> Mapping[str, str]:
        with self.wire.call("refs", tuple(names)):
            known = self.all_refs()
            return {
                ref: sha
                for ref, sha in sorted(known.items())
                if any(ref == name or ref.startswith(f"{name.rstrip('/')}/") for name in names)
            }

    def contains(self, commit: Commit, other: Commit) -> bool:
        with self.wire.call("contains", commit, other):
            return other.sha in set(self._ancestors(commit.sha))

    def same_content(self, commit: Commit, other: Commit) -> bool:
        with self.wire.call("same_content", commit, other):
            return self.commits[commit.sha].files == self.commits[other.sha].files

    def brought_in(self, branch: Commit, commit: Commit) -> Commit:
        with self.wire.call("brought_in", branch, commit):
            having = [sha for sha in self._first_parents(branch.sha) if commit.sha in self._ancestors(sha)]
            return commit if having[-1] == commit.sha else Commit(ref=branch.ref, sha=having[-1])

    def committed_at(self, commit: Commit) -> str:
        with self.wire.call("committed_at", commit):
            return f"{self.commits[commit.sha].date}+00:00"

    def checked_out(self) -> frozenset[str]:
        with self.wire.call("checked_out"):
            return frozenset(self.worked_on)

    def made_by_people(self, head: Commit, *, below: Commit) -> tuple[str, ...]:
        with self.wire.call("made_by_people", head, below):
            return self._foreign(head.sha, below.sha)

    def commit_files(self, parent: Commit, files: Mapping[str, str], *, branch: str, message: str) -> Commit:
        with self.wire.call("commit_files", parent, dict(files), branch, message):
            base = self.commits[parent.sha]
            made = FakeCommit(
                files={**base.files, **files},
                parents=(parent.sha,),
                date=base.date,
                message=message,
                author=TOOL,
            )
            head = self.branches.get(branch)
            if head is not None:
                if self.commits[head].files == made.files:
                    return Commit(ref=branch, sha=head)
                if self._foreign(head, parent.sha):
                    raise ConflictError(f"branch {branch} has commits that were not made by {TOOL}")
            self.branches[branch] = self._store(made)
            return Commit(ref=branch, sha=made.sha())

    def make_commit(self, parent: Commit, files: Mapping[str, str], *, message: str, at: float) -> Commit:
        with self.wire.call("make_commit", parent, dict(files), message):
            texts = {**self.commits[parent.sha].files, **files}
            return self._made(texts, (parent.sha,), message, at)

    def make_merge(self, into: Commit, other: Commit, *, message: str, at: float) -> Commit | MergeConflict:
        with self.wire.call("make_merge", into, other, message):
            theirs = set(self._ancestors(other.sha))
            base = next((sha for sha in self._ancestors(into.sha) if sha in theirs), None)
            if base is None:
                raise RefusedError(f"{other.sha} and {into.sha} have no common history")
            merged = _merged(*(self.commits[sha].files for sha in (base, into.sha, other.sha)))
            if isinstance(merged, MergeConflict):
                return merged
            return self._made(merged, (into.sha, other.sha), message, at)

    def make_tag(self, commit: Commit, name: str, *, message: str, at: float) -> str:
        with self.wire.call("make_tag", commit, name, message):
            made = hashlib.sha1(repr((commit.sha, name, message, at)).encode()).hexdigest()
            self.tag_objects[made] = commit.sha
            self.tagged_at[made] = _day(at)
            return made

    def move_refs(self, moves: Sequence[RefMove], *, why: str) -> None:
        with self.wire.call("move_refs", tuple(moves), why):
            self.move(moves)

    # --- what people do to it ---

    def commit(
        self,
        files: Mapping[str, str | None],
        *,
        branch: str = "main",
        message: str = "change",
        date: str | None = None,
        start: str | None = None,
        parents: Sequence[str] = (),
    ) -> Commit:
        """A commit by a person on ``branch`` (begun at ref ``start`` if it is new); None deletes a file."""
        head = self.branches.get(branch) or (self._resolve(start).sha if start else None)
        kept = dict(self.commits[head].files) if head else {}
        for path, text in files.items():
            if text is None:
                kept.pop(path)
            else:
                kept[path] = text
        day = date or f"2025-01-{len(self.commits) + 1:02d}T12:00:00"
        made = FakeCommit(
            files=kept,
            parents=(*((head,) if head else ()), *parents),
            date=day,
            message=message,
            author="someone",
        )
        self.branches[branch] = self._store(made)
        return Commit(ref=branch, sha=made.sha())

    def tag(self, name: str, ref: str = "main") -> Commit:
        self.tags[name] = self._resolve(ref).sha
        return Commit(ref=name, sha=self.tags[name])

    def work_on(self, branch: str) -> None:
        self.worked_on = {f"{HEADS}{branch}"}

    def all_refs(self) -> dict[str, str]:
        heads = {f"{HEADS}{name}": sha for name, sha in self.branches.items() if name != "HEAD"}
        return {**heads, **{f"{TAGS}{name}": sha for name, sha in self.tags.items()}}

    def move(self, moves: Sequence[RefMove]) -> None:
        known = self.all_refs()
        for move in moves:
            if known.get(move.ref) != move.before:
                raise ConflictError(f"{move.ref} moved meanwhile")
        for move in moves:
            folder, name = (
                (self.tags, move.ref.removeprefix(TAGS))
                if move.ref.startswith(TAGS)
                else (self.branches, move.ref.removeprefix(HEADS))
            )
            if move.after is None:
                folder.pop(name, None)
            else:
                folder[name] = move.after

    def _made(self, files: Mapping[str, str], parents: tuple[str, ...], message: str, at: float) -> Commit:
        made = FakeCommit(files=files, parents=parents, date=_day(at), message=message, author=TOOL)
        return Commit(ref=made.sha(), sha=self._store(made))

    def _store(self, made: FakeCommit) -> str:
        self.commits[made.sha()] = made
        return made.sha()

    def _foreign(self, head: str, below: str) -> tuple[str, ...]:
        known = set(self._ancestors(below))
        own = [sha for sha in self._ancestors(head) if sha not in known]
        return tuple(sha for sha in own if self.commits[sha].author != TOOL)

    def _nearest_tag(self, ref: str, pattern: str, *, skipped: int) -> Commit | None:
        for sha in list(self._ancestors(self._resolve(ref).sha))[skipped:]:
            here = [tag for tag, at in self.tags.items() if self.tag_objects.get(at, at) == sha]
            tags = sorted(tag for tag in here if fnmatch(tag, pattern))
            if tags:
                return Commit(ref=tags[-1], sha=sha)
        return None

    def _resolve(self, ref: str) -> Commit:
        name = ref.removeprefix(TAGS).removeprefix(HEADS)
        sha = self.tags.get(name) or self.branches.get(name)
        if sha is None and len(ref) >= 7:
            known = (*self.commits, *self.tag_objects)
            sha = next((one for one in known if one.startswith(ref)), None)
        if sha is None:
            near = get_close_matches(ref, [*self.tags, *self.branches])
            raise UnknownRefError(
                f"no tag, branch or commit {ref}", remedy=f"Did you mean {', '.join(near)}?" if near else ""
            )
        return Commit(ref=ref, sha=self.tag_objects.get(sha, sha))

    def _first_parents(self, sha: str) -> Iterator[str]:
        at: str | None = sha
        while at is not None:
            yield at
            at = next(iter(self.commits[at].parents), None)

    def _ancestors(self, sha: str) -> Iterator[str]:
        """That commit and all before it, nearest first."""
        seen: dict[str, None] = {}
        queue = [sha]
        while queue:
            current = queue.pop(0)
            if current not in seen:
                seen[current] = None
                queue.extend(self.commits[current].parents)
        yield from seen


class FakeRemote:
    """Implements ``ports.Remote`` between two repositories; ``protected`` refs are declined."""

    name = "origin"

    def __init__(self, here: FakeRepository, there: FakeRepository) -> None:
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.here = here
        self.there = there
        self.protected: set[str] = set()

    def address(self) -> str:
        return "https://git.test/retail.git"

    def fetch(self, names: Sequence[str]) -> Mapping[str, str]:
        with self.wire.call("fetch", tuple(names)):
            self._copy(self.there, self.here)
            known = self.there.all_refs()
            return {name: known[name] for name in names if name in known}

    def push(self, moves: Sequence[RefMove]) -> None:
        with self.wire.call("push", tuple(moves)):
            declined = [move.ref for move in moves if move.ref in self.protected]
            if declined:
                raise RefusedError(f"{self.name} refuses {', '.join(declined)}: protected")
            self._copy(self.here, self.there)
            self.there.move(moves)

    @staticmethod
    def _copy(source: FakeRepository, target: FakeRepository) -> None:
        target.commits.update(source.commits)
        target.tag_objects.update(source.tag_objects)
        target.tagged_at.update(source.tagged_at)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _merged(
    base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, str] | MergeConflict:
    found: dict[str, str] = {}
    conflicts = []
    for path in sorted({*base, *ours, *theirs}):
        before, left, right = base.get(path), ours.get(path), theirs.get(path)
        if left != right and before not in (left, right):
            conflicts.append(path)
        text = right if left == before else left
        if text is not None:
            found[path] = text
    return MergeConflict(files=tuple(conflicts)) if conflicts else found
