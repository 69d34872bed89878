"""The clone that the ``release`` commands work in, with its remote."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen.actions.branches import Clone
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_remote import GitRemote
from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.exceptions import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClone:
    """A clone, its repository as the client itself, and ``bluegreen.yaml`` as HEAD has it."""

    clone: Clone
    repository: GitRepository
    configuration: Configuration


@contextmanager
def open_clone(project: Path, *, push: bool = True, dry_run: bool = False) -> Iterator[OpenClone]:
    """The clone that holds a project, with the remote that ``git.remote`` names.

    :param project: the clone, or a folder in it.
    :param push: False to leave the remote alone.
    :param dry_run: True to keep every object that is made or fetched out of the clone.

    Raises ConfigurationError where there is no repository or its bluegreen.yaml is wrong.
    """
    if not project.is_dir():
        raise ConfigurationError(f"no folder {project}", remedy="Give the project's folder with --project")
    with tempfile.TemporaryDirectory(prefix="bluegreen-dry-run-") as folder:
        scratch = Path(folder) if dry_run else None
        repository = GitRepository(project, scratch=scratch)
        files = repository.read_files(repository.resolve("HEAD"), (FILE_NAME,))
        configuration = read_configuration(files.get(FILE_NAME, ""))
        name = configuration.git.remote
        clone = Clone(
            repository=repository,
            remote=GitRemote(project, name, scratch=scratch) if name and push else None,
            settings=configuration.git,
            release_tags=configuration.release_tags,
            clock=SystemClock(),
        )
        yield OpenClone(clone=clone, repository=repository, configuration=configuration)
