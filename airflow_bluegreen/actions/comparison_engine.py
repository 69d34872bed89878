"""Where two topics are compared: here, or on the Flink cluster."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from airflow_bluegreen.actions.topic_reading import offsets_spanned
from airflow_bluegreen.core.comparison.flink_tables import BLUE, GREEN
from airflow_bluegreen.core.model import Column, Engine, Profile
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Narrator, Platform, SchemaReader

_FORMATS = {"AVRO": "avro-registry", "": "json-registry"}
"""What Flink can decode, by the type of the registered schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two topics, or one (``blue`` is None), and what is known of their tables.

    :param shared: the columns that are compared, none for all bytes of the value.
    :param must_match: the columns that the change does not touch, None for all.
    :param kind: the kind of the table in the project, whose options are laid over.
    """

    blue: str | None
    green: str
    keyed: bool
    columns: tuple[Column, ...] = ()
    blue_columns: tuple[Column, ...] = ()
    shared: frozenset[str] = frozenset()
    must_match: tuple[str, ...] | None = None
    kind: str = ""

    @property
    def topics(self) -> Mapping[str, str]:
        """The topic of each side."""
        return {**({BLUE: self.blue} if self.blue else {}), GREEN: self.green}


def runs_on_cluster(platform: Platform, sides: Sides, profile: Profile, say: Narrator) -> bool:
    """Whether these sides are compared on the cluster.

    Raises ConfigurationError where the project asks for the cluster and Flink could not do it.
    """
    asked = profile.comparing
    if asked.engine is Engine.EMBEDDED:
        return False
    if (
        asked.engine is Engine.AUTO
        and offsets_spanned(platform.topics, *sides.topics.values()) <= asked.cluster_above
    ):
        return False
    obstacle = (
        f"the queries of environment {profile.name} (dialect {profile.dialect}) are not ours to run"
        if profile.dialect != "open-source"
        else undecodable(platform.schemas, sides, sides.shared)
    )
    if obstacle and asked.engine is Engine.CLUSTER:
        raise ConfigurationError(
            f"{sides.green} cannot be compared on the cluster: {obstacle}",
            remedy="Set comparison.engine: embedded, or auto, in bluegreen.yaml",
        )
    if obstacle:
        say(f"{sides.green} is compared here and not on the cluster: {obstacle}")
    return not obstacle


def undecodable(schemas: SchemaReader, sides: Sides, columns: Collection[str]) -> str:
    """Why Flink could not tell these columns apart, empty where it can."""
    declared = [{column.name for column in sides.columns}]
    declared += [{column.name for column in sides.blue_columns}] if sides.blue else []
    unknown = sorted(name for name in columns if not all(name in names for names in declared))
    if unknown:
        return f"the type of column {unknown[0]} is not known"
    formats = {_format(schemas, topic) for topic in sides.topics.values()} if columns else set()
    return ", ".join(f"Flink does not decode {found}" for found in sorted(formats - _FORMATS.keys()))


def _format(schemas: SchemaReader, topic: str) -> str:
    schema = schemas.latest(f"{topic}-value")
    return schema.type if schema else ""


def flink_format(schemas: SchemaReader, topic: str) -> str:
    """The format of a topic's values, as the dialect of :func:`lower_table` names it."""
    return _FORMATS[_format(schemas, topic)]
