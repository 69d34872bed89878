"""Where two topics are compared: here, or on the Flink cluster."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.actions.topic_forms import topic_form
from airflow_bluegreen.actions.topic_reading import comparable_columns, offsets_spanned
from airflow_bluegreen.core.comparison.flink_hashes import is_told_by_text
from airflow_bluegreen.core.comparison.flink_tables import BLUE, GREEN
from airflow_bluegreen.core.comparison.forms import Form, TopicForm, comparable_by_bytes
from airflow_bluegreen.core.comparison.rows import RowReader
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
    :param framed_keys: the sides whose keys stand behind the registry's header.
    :param framed_values: the same of the values.
    :param raw: whether the values of a side are single values, and no rows.
    """

    blue: str | None
    green: str
    keyed: bool
    columns: tuple[Column, ...] = ()
    blue_columns: tuple[Column, ...] = ()
    shared: frozenset[str] = frozenset()
    must_match: tuple[str, ...] | None = None
    kind: str = ""
    framed_keys: frozenset[str] = frozenset()
    framed_values: frozenset[str] = frozenset()
    raw: bool = False

    @property
    def topics(self) -> Mapping[str, str]:
        """The topic of each side."""
        return {**({BLUE: self.blue} if self.blue else {}), GREEN: self.green}


def sides_on_cluster(platform: Platform, subject: Subject, profile: Profile, say: Narrator) -> Sides | None:
    """The two sides as the cluster compares them; None where they are compared here.

    Raises ConfigurationError where the project asks for the cluster and Flink could not do it.
    """
    asked, green = profile.comparing, subject.green
    if asked.engine is Engine.EMBEDDED:
        return None
    topics = tuple(filter(None, (subject.blue, green)))
    if asked.engine is Engine.AUTO and offsets_spanned(platform.topics, *topics) <= asked.cluster_above:
        return None
    reader = RowReader(platform.schemas.written)
    forms = {topic: topic_form(platform.topics, topic, reader) for topic in topics}
    sides = _sides(platform.schemas, subject, forms)
    obstacle = (
        f"the queries of environment {profile.name} (dialect {profile.dialect}) are not ours to run"
        if profile.dialect != "open-source"
        else _unreadable(sides, forms) or undecodable(platform.schemas, sides, sides.shared)
    )
    if obstacle and asked.engine is Engine.CLUSTER:
        raise ConfigurationError(
            f"{green} cannot be compared on the cluster: {obstacle}",
            remedy="Set comparison.engine: embedded, or auto, in bluegreen.yaml",
        )
    if obstacle:
        say(f"{green} is compared here and not on the cluster: {obstacle}")
    return None if obstacle else sides


def _sides(schemas: SchemaReader, subject: Subject, forms: Mapping[str, TopicForm]) -> Sides:
    topics = {BLUE: subject.blue, GREEN: subject.green}
    written = {side: forms[topic] for side, topic in topics.items() if topic}
    return Sides(
        blue=subject.blue,
        green=subject.green,
        keyed=bool(subject.primary_key),
        columns=subject.columns,
        blue_columns=subject.blue_columns,
        shared=_shared(schemas, subject, forms),
        must_match=subject.must_match,
        kind=subject.kind,
        framed_keys=frozenset(side for side, form in written.items() if _framed(form.key)),
        framed_values=frozenset(side for side, form in written.items() if _framed(form.value)),
        raw=any(form.value.raw for form in written.values()),
    )


def _framed(form: Form) -> bool:
    """A topic without records may get some with a header."""
    return form.framed or not form.writers


def _shared(schemas: SchemaReader, subject: Subject, forms: Mapping[str, TopicForm]) -> frozenset[str]:
    """The columns to compare where bytes will not do: other columns, some left out, other formats."""
    if subject.blue is None:
        return frozenset()
    found = comparable_columns(schemas, subject.blue_columns, subject.columns, subject.blue, subject.green)
    declared = {column.name for column in subject.columns} & {column.name for column in subject.blue_columns}
    alike = comparable_by_bytes(forms[subject.blue].value, forms[subject.green].value)
    if declared & subject.left_out.keys() or not alike:
        return (found or frozenset(declared)) - subject.left_out.keys()
    return found


def _unreadable(sides: Sides, forms: Mapping[str, TopicForm]) -> str:
    """Why the queries would not see the rows of a topic, empty where they do."""
    for topic, form in forms.items():
        if form.value.envelope:
            return f"{topic} holds Debezium's changes, and queries would see no rows in them"
    if len(forms) < 2:
        return ""
    blue, green = forms.values()
    if sides.keyed and not comparable_by_bytes(blue.key, green.key):
        return f"the keys of {sides.blue} and {sides.green} are written in different ways"
    if not sides.shared and not comparable_by_bytes(blue.value, green.value):
        return f"{sides.blue} and {sides.green} are written in different ways, and no DDL tells their columns"
    return ""


def undecodable(schemas: SchemaReader, sides: Sides, columns: Collection[str]) -> str:
    """Why Flink could not tell these columns apart, empty where it can."""
    declared = [{column.name: column.type for column in sides.columns}]
    declared += [{column.name: column.type for column in sides.blue_columns}] if sides.blue else []
    unknown = sorted(name for name in columns if not all(name in types for types in declared))
    if unknown:
        return f"the type of column {unknown[0]} is not known"
    untold = {name: types[name] for types in declared for name in columns if not is_told_by_text(types[name])}
    if untold:
        name = min(untold)
        return f"Flink's text does not tell values of column {name} apart ({untold[name]})"
    if not columns:
        return ""
    if sides.raw:
        return "values that are no rows cannot be decoded there"
    formats = {_format(schemas, topic) for topic in sides.topics.values()}
    return ", ".join(f"Flink does not decode {found}" for found in sorted(formats - _FORMATS.keys()))


def _format(schemas: SchemaReader, topic: str) -> str:
    schema = schemas.latest(f"{topic}-value")
    return schema.type if schema else ""


def flink_format(schemas: SchemaReader, topic: str) -> str:
    """The format of a topic's values, as the dialect of :func:`lower_table` names it."""
    return _FORMATS[_format(schemas, topic)]
