"""The clone that a release passes through, and the way into its remote that an Airflow connection opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowNotFoundException

from airflow_bluegreen.actions.branches import Clone
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_remote import Access, GitRemote
from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration
from airflow_bluegreen.core.model import GitSettings
from airflow_bluegreen.exceptions import ConfigurationError

if TYPE_CHECKING:
    from airflow.providers.git.hooks.git import GitHook


def open_clone(project: str, *, environment: str = "", git_conn_id: str = "", push: bool = True) -> Clone:
    """The clone that holds a project, with the remote that ``git.remote`` in bluegreen.yaml names.

    :param project: path of the git clone, or of a folder in it.
    :param environment: the environment whose ``connections: git`` counts where no id is given.
    :param git_conn_id: a connection of the git provider; empty for the worker's own git credentials.
    :param push: False to leave the remote alone.
    :raises ConfigurationError: bluegreen.yaml is wrong.
    """
    repository = GitRepository(project)
    files = repository.read_files(repository.resolve("HEAD"), (FILE_NAME,))
    configuration = read_configuration(files.get(FILE_NAME, ""))
    profile = configuration.profiles.get(environment)
    conn_id = git_conn_id or (profile.connections.get("git", "") if profile else "")
    return Clone(
        repository=repository,
        remote=open_remote(project, configuration.git, conn_id) if push else None,
        settings=configuration.git,
        release_tags=configuration.release_tags,
        clock=SystemClock(),
    )


def open_remote(project: str, settings: GitSettings, git_conn_id: str = "") -> GitRemote | None:
    """The project's remote; None where bluegreen.yaml names none.

    :param git_conn_id: a connection of the git provider, whose address and credentials are used; empty for
        the clone's address and the worker's own credentials.

    What is missing (the connection, the git provider) is a ConfigurationError once the remote is talked to.
    """
    if settings.remote is None:
        return None
    if not git_conn_id:
        return GitRemote(project, settings.remote)

    @contextmanager
    def entrance() -> Iterator[Access]:
        # Only what talks to the remote asks for the connection; few tasks do.
        hook = _hook(git_conn_id)
        if not hook.repo_url:
            raise ConfigurationError(
                f"connection {git_conn_id} has no repository URL", remedy="Enter it under Admin > Connections"
            )
        with hook.configure_hook_env():
            yield Access(url=hook.repo_url, variables=dict(hook.env))

    return GitRemote(project, settings.remote, entrance=entrance)


def _hook(conn_id: str) -> "GitHook":
    # It also brings a bundle backend and its own connection form, which only those need who use it.
    if find_spec("airflow.providers.git") is None:
        raise ConfigurationError(
            f"connection {conn_id} belongs to the git provider, which is not installed",
            remedy="pip install 'airflow-bluegreen[git]'",
        )
    from airflow.providers.git.hooks.git import GitHook

    try:
        return GitHook(git_conn_id=conn_id)
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"Airflow has no connection {conn_id}",
            remedy="Create it (type git), or name another one under `connections: git:`",
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"connection {conn_id}: {error}", remedy="Mend it under Admin > Connections"
        ) from error
