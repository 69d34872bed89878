"""Everything that a release touches, opened from Airflow's connections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from urllib.parse import urlsplit

from airflow.providers.apache.kafka.hooks.base import KafkaBaseHook
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from airflow_bluegreen.core.model import Endpoints, Profile
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.hooks.actor import acting
from airflow_bluegreen.hooks.flink_sql_gateway import (
    FlinkSqlGatewayHook,
    jobmanager_access_of,
    jobmanager_url_of,
)
from airflow_bluegreen.hooks.git import open_remote
from airflow_bluegreen.hooks.kafka_connect import KafkaConnectHook
from airflow_bluegreen.hooks.schema_registry import SchemaRegistryHook
from airflow_bluegreen.hooks.settings import data_docs_path, site_function
from airflow_bluegreen.hooks.urls import access_of, hide, url_of
from airflow_bluegreen.ports import Platform

DEFAULT_CONNECTIONS: Mapping[str, str] = {
    "flink_gateway": FlinkSqlGatewayHook.default_conn_name,
    "kafka": KafkaBaseHook.default_conn_name,
    "kafka_connect": KafkaConnectHook.default_conn_name,
    "schema_registry": SchemaRegistryHook.default_conn_name,
}
"""The servers that an environment's ``connections:`` may name; the connection id of those it does not."""

_KAFKA_SECRETS = (
    "sasl.password",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
)
"""What librdkafka takes as a secret; of these Airflow's masker knows those with a telling name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An environment of a project, ready to be worked on."""

    platform: Platform
    profile: Profile


def open_site(project: str, environment: str, ref: str) -> Site:
    """The environment with its clients, opened by the function that ``[bluegreen] site`` names.

    :param project: path of the git clone (or a folder in it) that holds the project.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param ref: the tag, branch or commit whose bluegreen.yaml counts.
    :raises ConfigurationError: no such environment, or a connection is missing or incomplete.
    """
    module, _, name = site_function().rpartition(".")
    opener: Callable[[str, str, str], Site] = (
        getattr(import_module(module), name) if module else open_site_from_connections
    )
    site = opener(project, environment, ref)
    return replace(site, platform=replace(site.platform, actor=acting()))


def open_site_from_connections(project: str, environment: str, ref: str) -> Site:
    """The default of ``[bluegreen] site``: the profile is git's, the endpoints are Airflow's connections."""
    from airflow_bluegreen.clients.git import GitRepository
    from airflow_bluegreen.clients.platform import open_platform
    from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration

    repository = GitRepository(project)
    files = repository.read_files(repository.resolve(ref), (FILE_NAME,))
    configuration = read_configuration(files.get(FILE_NAME, ""))
    profile = configuration.profiles.get(environment) or (
        None if configuration.profiles else Profile(name=environment)
    )
    if profile is None:
        known = ", ".join(sorted(configuration.profiles))
        raise ConfigurationError(
            f"no environment {environment} in {FILE_NAME} at {ref}", remedy=f"There are: {known}"
        )
    platform = open_platform(
        endpoints_from_connections(profile),
        project_path=project,
        project_name=configuration.project,
        environment=environment,
        remote=open_remote(project, configuration.git, profile.connections.get("git", "")),
        data_docs=data_docs_path(),
    )
    return Site(platform=platform, profile=profile)


def endpoints_from_connections(profile: Profile) -> Endpoints:
    """Where the servers of an environment are, by the connection ids that its profile names.

    :raises ConfigurationError: a connection does not exist or lacks something.
    """
    connections = {part: _connection(profile, part) for part in DEFAULT_CONNECTIONS}
    return Endpoints(
        gateway_url=url_of(connections["flink_gateway"]),
        flink_url=jobmanager_url_of(connections["flink_gateway"]),
        kafka=_kafka_configuration(connections["kafka"]),
        connect_url=url_of(connections["kafka_connect"]),
        registry_url=url_of(connections["schema_registry"]),
        gateway_auth=access_of(connections["flink_gateway"]),
        flink_auth=jobmanager_access_of(connections["flink_gateway"]),
        connect_auth=access_of(connections["kafka_connect"]),
        registry_auth=access_of(connections["schema_registry"]),
        lake_url=lake_url_of(profile),
    )


def lake_url_of(profile: Profile) -> str:
    """SQLAlchemy's address of the lake's engine; empty where the profile has no lake.

    The connection is one of any provider whose hook speaks SQL, or of any type with ``sqlalchemy_url`` in its
    extra field.
    """
    if profile.lake is None:
        return ""
    connection = _connection(profile, "lake")
    given = connection.extra_dejson.get("sqlalchemy_url")
    if given:
        hide(urlsplit(str(given)).password)
        return str(given)
    try:
        return str(connection.get_hook().get_uri())  # type: ignore[no-untyped-call]
    except (AirflowException, AttributeError, ImportError) as error:
        raise ConfigurationError(
            f"connection {connection.conn_id} has no address for SQLAlchemy: {error}",
            remedy='Install its provider, or write {"sqlalchemy_url": "…"} into its extra field',
        ) from error


def _connection(profile: Profile, part: str) -> Connection:
    conn_id = profile.connections.get(part) or DEFAULT_CONNECTIONS.get(part) or f"{part}_default"
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"Airflow has no connection {conn_id}",
            remedy=f"Create it, or name another one under environments: {profile.name}: connections: {part}",
        ) from error


def _kafka_configuration(connection: Connection) -> dict[str, str]:
    """The librdkafka configuration of a connection of the Kafka provider."""
    configuration = {key: str(value) for key, value in connection.extra_dejson.items()}
    hide(*(configuration.get(key) for key in _KAFKA_SECRETS))
    if not configuration.get("bootstrap.servers"):
        raise ConfigurationError(
            f"connection {connection.conn_id} has no bootstrap.servers",
            remedy='Its extra field holds librdkafka\'s settings: {"bootstrap.servers": "kafka:9092"}',
        )
    return configuration
