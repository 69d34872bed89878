"""A place to run those git commands that read more configuration than can be switched off one by one."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen.clients.git_process import GitProcess

_CONFIG = """[core]
\trepositoryformatversion = 1
\tbare = true
[extensions]
\tobjectFormat = {object_format}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """An empty bare repository that sees the objects and refs of the real one, and nothing else of it.

    Merging and talking to a remote obey settings that name programs: merge drivers, ``core.sshCommand``,
    credential helpers, hooks. A checkout may come from anybody, so its configuration and attributes are not
    read here; those of the user are.
    """

    git: GitProcess
    folder: Path

    def attempt(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output and standard error of a git command; objects go where they always go."""
        variables = {"GIT_OBJECT_DIRECTORY": str(self.git.objects), **self.git.object_variables}
        return self.git.attempt(
            *arguments,
            stdin=stdin,
            environment={**variables, "GIT_DIR": str(self.folder), **(environment or {})},
            scratch=False,
        )


@contextmanager
def workshop(git: GitProcess) -> Iterator[Workshop]:
    """A workshop beside a repository, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bluegreen-git-") as name:
        folder = Path(name)
        (folder / "refs").mkdir()
        (folder / "objects").mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        (folder / "config").write_text(_CONFIG.format(object_format=git.object_format))
        # With its refs a fetch asks only for what the repository lacks.
        refs = git.text("for-each-ref", "--format=%(objectname) %(refname)")
        (folder / "packed-refs").write_text(f"{refs}\n" if refs else "")
        if git.shallow_file:
            (folder / "shallow").write_bytes(git.shallow_file.read_bytes())
        yield Workshop(git=git, folder=folder)
