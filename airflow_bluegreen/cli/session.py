"""What the release commands work with: the platform of one environment, addressed by environment variables.

- ``BLUEGREEN_FLINK_GATEWAY_URL``: the SQL gateway; ``…_USER`` and ``…_PASSWORD`` where it asks for them.
- ``BLUEGREEN_FLINK_URL``: Flink's REST address.
- ``BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS``: Kafka; ``BLUEGREEN_KAFKA_USER`` and ``…_PASSWORD`` for SASL/PLAIN,
  ``BLUEGREEN_KAFKA_SECURITY_PROTOCOL`` (SASL_SSL if left out).
- ``BLUEGREEN_KAFKA_CONNECT_URL``: Kafka Connect; ``…_USER`` and ``…_PASSWORD``.
- ``BLUEGREEN_SCHEMA_REGISTRY_URL``: the registry; ``…_USER`` and ``…_PASSWORD``.
"""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import typer

from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.core.model import Endpoints, Profile, ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Platform, Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One environment of a project, ready for the actions."""

    platform: Platform
    profile: Profile
    environment: str

    def say(self, line: str, /) -> None:
        """Tell what happens on standard error, so that standard output stays for results."""
        typer.echo(line, err=True)


_ACTORS = {
    "BLUEGREEN_ACTOR": "",
    "GITHUB_ACTOR": "GitHub Actions",
    "GITLAB_USER_LOGIN": "GitLab CI",
    "BUILD_REQUESTEDFOR": "Azure Pipelines",
    "BUILD_USER_ID": "Jenkins",
    "BITBUCKET_STEP_TRIGGERER_UUID": "Bitbucket Pipelines",
}
"""Variables that name a person → the system that sets them."""

OpenSession = Callable[[Path, str | None, str], Session]
"""(project folder, environment, ref whose bluegreen.yaml counts) → session."""


def open_session(project: Path, environment: str | None, ref: str) -> Session:
    """The session of an environment; its servers are addressed by environment variables.

    :param environment: its name in ``bluegreen.yaml``; None where there is only one.
    :param ref: tag, branch or sha whose ``bluegreen.yaml`` counts.

    Raises ConfigurationError naming what is missing, UnknownRefError.
    """
    from airflow_bluegreen.clients.git import GitRepository
    from airflow_bluegreen.clients.git_remote import GitRemote
    from airflow_bluegreen.clients.platform import open_platform

    if not project.is_dir():
        raise ConfigurationError(f"no folder {project}", remedy="Give the project's folder with --project")
    repository = GitRepository(project)
    name, profile = project_settings(repository, environment, ref)
    remote = _configuration(repository, ref).git.remote
    platform = open_platform(
        endpoints_from(os.environ),
        project_path=str(project),
        project_name=name,
        environment=profile.name,
        remote=GitRemote(project, remote) if remote else None,
        data_docs=Path(os.environ.get("BLUEGREEN_DATA_DOCS") or "data_docs"),
    )
    platform = replace(platform, actor=acting(os.environ))
    return Session(platform=platform, profile=profile, environment=profile.name)


def acting(variables: Mapping[str, str]) -> str:
    """Who works here, for the ledger: ``BLUEGREEN_ACTOR``, else who started the CI job, else the user."""
    for name, system in _ACTORS.items():
        if variables.get(name):
            return f"{variables[name]} ({system})" if system else variables[name]
    try:
        return getpass.getuser()
    except OSError:  # a container whose user has no name
        return ""


def project_settings(repository: Repository, environment: str | None, ref: str) -> tuple[str, Profile]:
    """The project's name and the profile of an environment, as ``bluegreen.yaml`` has them at a ref."""
    configuration = _configuration(repository, ref)
    profiles = configuration.profiles
    known = ", ".join(profiles) or "none"
    if environment is None:
        if len(profiles) != 1:
            raise ConfigurationError(
                "no environment was given", remedy=f"Name one with --environment: {known}"
            )
        (profile,) = profiles.values()
        return configuration.project, profile
    if environment not in profiles:
        raise ConfigurationError(f"no environment {environment} in {FILE_NAME}", remedy=f"Known: {known}")
    return configuration.project, profiles[environment]


def _configuration(repository: Repository, ref: str) -> Configuration:
    files = repository.read_files(repository.resolve(ref), (FILE_NAME,))
    return read_configuration(files.get(FILE_NAME, ""))


def endpoints_from(variables: Mapping[str, str]) -> Endpoints:
    """The endpoints that environment variables name. Raises ConfigurationError listing those that are
    missing.
    """
    names = {
        "gateway_url": "BLUEGREEN_FLINK_GATEWAY_URL",
        "flink_url": "BLUEGREEN_FLINK_URL",
        "bootstrap": "BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS",
        "connect_url": "BLUEGREEN_KAFKA_CONNECT_URL",
        "registry_url": "BLUEGREEN_SCHEMA_REGISTRY_URL",
    }
    missing = [name for name in names.values() if not variables.get(name)]
    if missing:
        raise ConfigurationError(
            f"not set: {', '.join(missing)}",
            remedy='Set them; for the local stack: eval "$(bluegreen stack env)"',
        )
    return Endpoints(
        gateway_url=variables[names["gateway_url"]],
        flink_url=variables[names["flink_url"]],
        kafka=_kafka(variables, variables[names["bootstrap"]]),
        connect_url=variables[names["connect_url"]],
        registry_url=variables[names["registry_url"]],
        gateway_auth=_access(variables, "BLUEGREEN_FLINK_GATEWAY"),
        flink_auth=_access(variables, "BLUEGREEN_FLINK"),
        connect_auth=_access(variables, "BLUEGREEN_KAFKA_CONNECT"),
        registry_auth=_access(variables, "BLUEGREEN_SCHEMA_REGISTRY"),
        lake_url=variables.get("BLUEGREEN_LAKE_URL", ""),
    )


def _kafka(variables: Mapping[str, str], servers: str) -> dict[str, str]:
    login = _login(variables, "BLUEGREEN_KAFKA")
    if login is None:
        return {"bootstrap.servers": servers}
    return {
        "bootstrap.servers": servers,
        "security.protocol": variables.get("BLUEGREEN_KAFKA_SECURITY_PROTOCOL", "SASL_SSL"),
        "sasl.mechanisms": "PLAIN",
        "sasl.username": login[0],
        "sasl.password": login[1],
    }


def _access(variables: Mapping[str, str], prefix: str) -> ServerAccess | None:
    names = (one.name for one in fields(ServerAccess) if one.name != "timeout_s")
    given = {name: variables.get(f"{prefix}_{name.upper()}", "") for name in names}
    timeout = variables.get(f"{prefix}_TIMEOUT", "")
    if not timeout.replace(".", "", 1).isdigit() and timeout:
        raise ConfigurationError(
            f"{prefix}_TIMEOUT is {timeout}, which is no number of seconds",
            remedy="Set it to 60, or unset it",
        )
    if not (timeout or any(given.values())):
        return None
    return ServerAccess(**given, timeout_s=float(timeout) if timeout else None)


def _login(variables: Mapping[str, str], prefix: str) -> tuple[str, str] | None:
    user = variables.get(f"{prefix}_USER")
    return (user, variables.get(f"{prefix}_PASSWORD", "")) if user else None
