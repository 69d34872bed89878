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
    # What git says is read for its meaning.
    "LC_ALL": "C",
}
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "i18n.commitEncoding=utf-8",
    "gc.auto=0",
    "maintenance.auto=false",
    # A remote that says nothing for a minute is gone.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    # Hooks and fsmonitor are off, so a checkout that another user owns is safe to read.
    "safe.directory=*",
)


class GitProcess:
    """Git's plumbing commands on the repository that holds ``path`` (a checkout, a folder of one, or a bare
    one).

    :param path: where to look for the repository.
    :param scratch: a folder that takes every object that is made, so that the repository stays as it is; it
        must outlive the process. None to write into the repository.
    """

    def __init__(self, path: Path, *, scratch: Path | None = None) -> None:
        self._path = path
        self._scratch = scratch

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
    def work_tree(self) -> Path | None:
        """The folder that is checked out; None in a bare repository."""
        return self.git_directory.parent if self.git_directory.name == ".git" else None

    @property
    def prefix(self) -> str:
        """The path's folder inside the repository, with a trailing slash; empty at its root and in a bare
        one.
        """
        if self.work_tree is None:
            return ""
        inside = self._path.absolute().relative_to(self.work_tree).as_posix()
        return "" if inside == "." else f"{inside}/"

    @cached_property
    def objects(self) -> Path:
        """The folder of the repository's objects, which linked worktrees share."""
        return Path(self.text("rev-parse", "--path-format=absolute", "--git-path", "objects", scratch=False))

    @cached_property
    def shallow_file(self) -> Path | None:
        """The list of the commits at which a shallow clone ends; None in a whole one."""
        path = Path(self.text("rev-parse", "--path-format=absolute", "--git-path", "shallow"))
        return path if path.exists() else None

    @cached_property
    def object_format(self) -> str:
        """``sha1`` or ``sha256``."""
        return self.text("rev-parse", "--show-object-format")

    @property
    def no_object(self) -> str:
        """The name of no object, which stands for an absent ref."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    def text(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        scratch: bool = True,
    ) -> str:
        """Like :meth:`run`, as text without white space around it."""
        return self.run(*arguments, stdin=stdin, environment=environment, scratch=scratch).decode().strip()

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        scratch: bool = True,
    ) -> bytes:
        """Standard output of a git command. Raises RefusedError with git's own words when it fails."""
        status, out, err = self.attempt(*arguments, stdin=stdin, environment=environment, scratch=scratch)
        if status:
            last = err.strip().splitlines()[-1:] or [f"exit code {status}"]
            raise RefusedError(
                f"git {arguments[0]} failed: {last[0].removeprefix('fatal: ')}",
                remedy=f"Look at the repository {self._path}",
            )
        return out

    def attempt(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        scratch: bool = True,
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output and standard error of a git command, for those whose failure is an
        answer.
        """
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = ["git", "--no-pager", *settings, *arguments]
        variables = {**_ENVIRONMENT, "GIT_DIR": str(self.git_directory)}
        if scratch:
            variables |= self.object_variables
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
                    env={**variables, **(environment or {})},
                )
            except GitCommandError as error:
                raise ConfigurationError(
                    "git cannot be started", remedy="Install git 2.38 or newer"
                ) from error
        return status, out, err if isinstance(err, str) else err.decode(errors="replace")

    @property
    def object_variables(self) -> Mapping[str, str]:
        """The variables that keep new objects out of the repository; empty where they go into it."""
        if self._scratch is None:
            return {}
        quoted = str(self.objects).replace("\\", "\\\\").replace('"', '\\"')
        return {
            "GIT_OBJECT_DIRECTORY": str(self._scratch),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"',
        }
