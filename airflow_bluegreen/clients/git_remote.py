"""A remote of a project's git repository: what it has, and moving its refs all together or not at all."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.clients.git_push_answer import refusal_of_push, refusal_of_transport
from airflow_bluegreen.clients.git_workshop import Workshop, workshop
from airflow_bluegreen.core.model import RefMove
from airflow_bluegreen.exceptions import ConfigurationError, OutcomeUnknownError, TransientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a remote is, and the environment variables that let git in."""

    url: str
    variables: Mapping[str, str]


Entrance = Callable[[], AbstractContextManager[Access]]
"""Opens a context in which the access works: keys may lie in files that are gone afterwards."""

_TRANSPORT = {
    # ext:: and other helpers would run what the checkout's configuration names
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    # The machine's own configuration may hold the credential helper.
    "GIT_CONFIG_NOSYSTEM": "0",
}
_HEADS = "refs/heads/"


class GitRemote:
    """Implements :class:`airflow_bluegreen.ports.Remote`.

    :param path: a clone, a folder in one, or a bare repository.
    :param name: the name of the remote in the clone's configuration, such as ``origin``.
    :param entrance: the way in; without it the clone's address for that remote, and what the user's git has
        (credential helpers, ssh agent).
    :param scratch: a folder that takes every object that is fetched, for a dry run; see :class:`GitProcess`.
    """

    def __init__(
        self,
        path: str | Path,
        name: str,
        *,
        entrance: Entrance | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.name = name
        self._git = GitProcess(Path(path), scratch=scratch)
        self._entrance = entrance

    def fetch(self, names: Sequence[str]) -> Mapping[str, str]:
        """Full name → object of those refs that the remote has; the objects are here afterwards."""
        with self._entered(push=False) as access, workshop(self._git) as bench:
            listed = self._listed(bench, access, names)
            lacking = [ref for ref, sha in listed.items() if not self._has(sha)]
            if lacking:
                specs = [f"+{ref}:refs/theirs/{ref.removeprefix('refs/')}" for ref in lacking]
                command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--")
                status, _, err = _ask(bench, access, *command, access.url, *specs)
                if status:
                    raise refusal_of_transport(self.name, err)
        gone = [ref for ref in lacking if not self._has(listed[ref])]
        if gone:
            raise TransientError(f"{', '.join(gone)} moved at {self.name} meanwhile", remedy="Run it again")
        return listed

    def push(self, moves: Sequence[RefMove]) -> None:
        """Move these refs of the remote, all or none; see the port."""
        leases = [f"--force-with-lease={move.ref}:{move.before or ''}" for move in moves]
        specs = [f"{move.after or ''}:{move.ref}" for move in moves]
        command = ("push", "--porcelain", "--atomic", "--no-verify", "--no-signed", "--no-follow-tags")
        with self._entered(push=True) as access, workshop(self._git) as bench:
            status, out, err = _ask(bench, access, *command, *leases, "--", access.url, *specs)
            if status:
                refusal = refusal_of_push(self.name, out.decode(errors="replace"), err)
                if refusal is not None:
                    raise refusal
                self._look(bench, access, moves, err)
        self._track(moves)

    def _look(self, bench: Workshop, access: Access, moves: Sequence[RefMove], err: str) -> None:
        """After a push without an answer: done, not done, or unknown."""
        try:
            now = self._listed(bench, access, [move.ref for move in moves])
        except TransientError as error:
            raise OutcomeUnknownError(
                f"{self.name} broke off while it was pushed to", remedy="Run it again: it looks first"
            ) from error
        if any(now.get(move.ref) != move.after for move in moves):
            raise refusal_of_transport(self.name, err)

    def _listed(self, bench: Workshop, access: Access, names: Sequence[str]) -> dict[str, str]:
        status, out, err = _ask(bench, access, "ls-remote", "--", access.url, *names)
        if status:
            raise refusal_of_transport(self.name, err)
        found = {ref: sha for sha, _, ref in (line.partition("\t") for line in out.decode().splitlines())}
        # A pattern also matches the end of longer names.
        return {name: found[name] for name in names if name in found}

    def address(self) -> str:
        """Where it is, without any credentials; empty where the clone does not know."""
        try:
            address = self._address(push=False)
        except ConfigurationError:
            return ""
        if "://" not in address:
            return address
        parts = urlsplit(address)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    @contextmanager
    def _entered(self, *, push: bool) -> Iterator[Access]:
        if self._entrance is None:
            yield Access(url=self._address(push=push), variables=self._headers())
            return
        with self._entrance() as access:
            yield access

    def _address(self, *, push: bool) -> str:
        if self.name not in self._git.text("remote").splitlines():
            raise ConfigurationError(
                f"this clone has no remote {self.name}",
                remedy=f"`git remote add {self.name} URL`, or mend `git: remote:` in bluegreen.yaml",
            )
        return self._git.text("remote", "get-url", *(["--push"] if push else []), self.name).splitlines()[0]

    def _headers(self) -> Mapping[str, str]:
        """The clone's own HTTP headers, in which continuous integration keeps its token.

        They run nothing, so they are taken over from a configuration of which nothing else is.
        """
        status, out, _ = self._git.attempt(
            "config", "--local", "--includes", "--null", "--get-regexp", r"^http\..*extraheader$"
        )
        found = [line.partition("\n")[::2] for line in out.decode().split("\0") if line] if not status else []
        first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        variables = {"GIT_CONFIG_COUNT": str(first + len(found))} if found else {}
        for number, (key, value) in enumerate(found, start=first):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return variables

    def _has(self, sha: str) -> bool:
        return self._git.attempt("cat-file", "-e", sha)[0] == 0

    def _track(self, moves: Sequence[RefMove]) -> None:
        """Note what the remote has now in ``refs/remotes/``, as git's own push does."""
        none = self._git.no_object
        moved = [(move.ref.removeprefix(_HEADS), move.after) for move in moves if move.ref.startswith(_HEADS)]
        wanted = "".join(f"update refs/remotes/{self.name}/{name}\0{sha or none}\0\0" for name, sha in moved)
        # The push is done; a note that cannot be made (somebody holds the lock) is made by the next fetch.
        self._git.attempt("update-ref", "-z", "--stdin", stdin=wanted.encode())


def _ask(bench: Workshop, access: Access, *arguments: str) -> tuple[int, bytes, str]:
    return bench.attempt(*arguments, environment={**_TRANSPORT, **access.variables})
