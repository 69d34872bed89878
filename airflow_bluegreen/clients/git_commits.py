"""Making commits, merges and tags out of objects: no checkout, no index, no ref is moved here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.clients.git_refs import UNSHALLOW
from airflow_bluegreen.clients.git_trees import write_tree
from airflow_bluegreen.clients.git_workshop import workshop
from airflow_bluegreen.core.model import MergeConflict
from airflow_bluegreen.exceptions import RefusedError

TRAILER = "Bluegreen-Rewrite-Of"
"""Names the parent in the message of a commit made here; it and the parent's date say that nobody else made
it.
"""

_NAME = "airflow-bluegreen"
_EMAIL = "bluegreen@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Author's and committer's date as git writes them raw: seconds since the epoch and a zone."""

    author: str
    committer: str

    @classmethod
    def at(cls, seconds: float) -> "Dates":
        """Both at that moment, in UTC."""
        moment = f"{int(seconds)} +0000"
        return cls(author=moment, committer=moment)

    @classmethod
    def of(cls, git: GitProcess, commit: str) -> "Dates":
        """Those of a commit, which makes what is made with them the same each time."""
        author, committer = git.text(
            "show", "--no-patch", "--format=%ad%n%cd", "--date=raw", commit
        ).splitlines()
        return cls(author=author, committer=committer)


def make_commit(git: GitProcess, tree: str, parents: Sequence[str], message: str, dates: Dates) -> str:
    """The sha of a commit by the configured user, else by this tool. It has no ref yet."""
    name, email = _person(git)
    people = {
        f"GIT_{role}_{what}": value
        for role, date in (("AUTHOR", dates.author), ("COMMITTER", dates.committer))
        for what, value in (("NAME", name), ("EMAIL", email), ("DATE", date))
    }
    named = [part for parent in parents for part in ("-p", parent)]
    return git.text(
        "commit-tree", tree, *named, "-F", "-", stdin=f"{message.rstrip()}\n".encode(), environment=people
    )


def commit_with(git: GitProcess, parent: str, files: Mapping[str, str], message: str, dates: Dates) -> str:
    """A commit on ``parent`` with these texts (by path from the repository's root) in place."""
    return make_commit(git, write_tree(git, parent, files), (parent,), message, dates)


def make_merge(git: GitProcess, into: str, other: str, message: str, dates: Dates) -> str | MergeConflict:
    """A merge commit, its first parent ``into``, or the files that stand against it.

    Raises RefusedError where git cannot even try: histories without a common commit, which a shallow clone
    may hide.
    """
    with workshop(git) as bench:
        status, out, err = bench.attempt(
            "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", into, other
        )
    tree, *files = [part for part in out.decode(errors="surrogateescape").split("\0") if part] or [""]
    if status == 1:
        return MergeConflict(files=tuple(sorted(set(files))))
    if status:
        said = (err.strip().splitlines() or ["no message"])[-1]
        raise RefusedError(
            f"{other[:10]} cannot be merged into {into[:10]}: {said}",
            remedy=UNSHALLOW if git.shallow_file else "git 2.38 or newer and a common history are needed",
        )
    return make_commit(git, tree, (into, other), message, dates)


def make_tag(git: GitProcess, commit: str, name: str, message: str, seconds: float) -> str:
    """The object of an annotated tag. It has no ref yet."""
    person, email = _person(git)
    text = (
        f"object {commit}\ntype commit\ntag {name}\n"
        f"tagger {person} <{email}> {int(seconds)} +0000\n\n{message.rstrip()}\n"
    )
    return git.text("mktag", stdin=text.encode())


def made_by_people(git: GitProcess, head: str, below: str) -> tuple[str, ...]:
    """The commits that ``head`` has and ``below`` has not, and that were not made by this tool's rewrite."""
    shown = f"%H %ct %P%x00%(trailers:key={TRAILER},valueonly,separator=%x20)"
    found = []
    for line in git.text("log", f"--format={shown}", head, f"^{below}").splitlines():
        commit, _, trailer = line.partition("\0")
        sha, date, *parents = commit.split(" ")
        if [trailer] != parents or date != git.text("show", "-s", "--format=%ct", trailer):
            found.append(sha)
    return tuple(found)


def _person(git: GitProcess) -> tuple[str, str]:
    return _configured(git, "user.name") or _NAME, _configured(git, "user.email") or _EMAIL


def _configured(git: GitProcess, key: str) -> str:
    status, out, _ = git.attempt("config", "--get", key)
    # What would end the header early is left out, as git does with names that it is given.
    return "" if status else "".join(sign for sign in out.decode() if sign not in "<>\n").strip()
