"""A git repository in memory."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch

from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import ConflictError, UnknownRefError
from tests.fakes.wire import Wire

TOOL = "airflow-bluegreen"


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
            sha: str | None = self.branches[branch]
            while sha is not None:
                if self.commits[sha].date <= bound:
                    return Commit(ref=branch, sha=sha)
                sha = next(iter(self.commits[sha].parents), None)
            raise UnknownRefError(f"branch {branch} has no commit on or before {date}")

    def latest_tag_before(self, ref: str, pattern: str) -> Commit | None:
        with self.wire.call("latest_tag_before", ref, pattern):
            start = self._resolve(ref).sha
            for sha in list(self._ancestors(start))[1:]:
                tags = sorted(tag for tag, at in self.tags.items() if at == sha and fnmatch(tag, pattern))
                if tags:
                    return Commit(ref=tags[-1], sha=sha)
            return None

    def read_files(self, commit: Commit, suffixes: Sequence[str]) -> Mapping[str, str]:
        with self.wire.call("read_files", commit, tuple(suffixes)):
            files = self.commits[commit.sha].files
            return {path: text for path, text in sorted(files.items()) if path.endswith(tuple(suffixes))}

    def branch_head(self, branch: str) -> Commit | None:
        with self.wire.call("branch_head", branch):
            sha = self.branches.get(branch)
            return Commit(ref=branch, sha=sha) if sha else None

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
                own = set(self._ancestors(head)) - set(self._ancestors(parent.sha))
                if any(self.commits[sha].author != TOOL for sha in own):
                    raise ConflictError(f"branch {branch} has commits that were not made by {TOOL}")
            self.commits[made.sha()] = made
            self.branches[branch] = made.sha()
            return Commit(ref=branch, sha=made.sha())

    # --- what people do to it ---

    def commit(
        self,
        files: Mapping[str, str | None],
        *,
        branch: str = "main",
        message: str = "change",
        date: str | None = None,
        start: str | None = None,
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
            files=kept, parents=(head,) if head else (), date=day, message=message, author="someone"
        )
        self.commits[made.sha()] = made
        self.branches[branch] = made.sha()
        return Commit(ref=branch, sha=made.sha())

    def tag(self, name: str, ref: str = "main") -> Commit:
        self.tags[name] = self._resolve(ref).sha
        return Commit(ref=name, sha=self.tags[name])

    def _resolve(self, ref: str) -> Commit:
        sha = self.tags.get(ref) or self.branches.get(ref)
        if sha is None and len(ref) >= 7:
            sha = next((known for known in self.commits if known.startswith(ref)), None)
        if sha is None:
            near = get_close_matches(ref, [*self.tags, *self.branches])
            raise UnknownRefError(
                f"no tag, branch or commit {ref}", remedy=f"Did you mean {', '.join(near)}?" if near else ""
            )
        return Commit(ref=ref, sha=sha)

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
