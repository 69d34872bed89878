"""Running git so that nothing in the repository can make it run anything else."""

import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from git import Git, GitCommandError

from airflow_bluegreen.exceptions import ConfigurationError, RefusedError

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A partial clone fetches missing objects with the commands its own configuration names: never.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "i18n.commitEncoding=utf-8",
    # Hooks and fsmonitor are off, so a checkout that another user owns is safe to read.
    "safe.directory=*",
)


class GitProcess:
    """Git's plumbing commands on the repository that holds ``path`` (a checkout, a folder of one, or a bare
    one).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def git_directory(self) -> Path:
        """``.git`` (a folder, or the file of a linked worktree) or the bare repository itself.

        Raises ConfigurationError where neither the path nor a folder above it is a repository.
        """
        start = self._path.absolute()
        for folder in (start, *start.parents):
            if (folder / ".git").exists():
                return folder / ".git"
            if all((folder / part).exists() for part in ("HEAD", "objects", "refs")):
                return folder
        raise ConfigurationError(
            f"{self._path} is not in a git repository", remedy="Give the path of a clone, or `git init` it"
        )

    @property
    def prefix(self) -> str:
        """The path's folder inside the repository, with a trailing slash; empty at its root and in a bare
        one.
        """
        if self.git_directory.name != ".git":
            return ""
        inside = self._path.absolute().relative_to(self.git_directory.parent).as_posix()
        return "" if inside == "." else f"{inside}/"

    def run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Standard output of a git command. Raises RefusedError with git's own words when it fails."""
        status, out, err = self.attempt(*arguments, stdin=stdin, environment=environment)
        if status:
            last = err.strip().splitlines()[-1:] or [f"exit code {status}"]
            raise RefusedError(
                f"git {arguments[0]} failed: {last[0].removeprefix('fatal: ')}",
                remedy=f"Look at the repository {self._path}",
            )
        return out

    def attempt(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output and standard error of a git command, for those whose failure is an
        answer.
        """
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = ["git", "--no-pager", *settings, *arguments]
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            try:
                status, out, err = Git(str(self.git_directory.parent)).execute(
                    command,
                    istream=source,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    env={**_ENVIRONMENT, "GIT_DIR": str(self.git_directory), **(environment or {})},
                )
            except GitCommandError as error:
                raise ConfigurationError(
                    "git cannot be started", remedy="Install git 2.35 or newer"
                ) from error
        return status, out, err if isinstance(err, str) else err.decode(errors="replace")
