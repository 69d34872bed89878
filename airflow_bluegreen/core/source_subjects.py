"""Which registry subjects describe the records that a project reads from outside."""

from collections.abc import Mapping

from airflow_bluegreen.core.model import Project
from airflow_bluegreen.core.project import table_of
from airflow_bluegreen.core.sql import topic_of
from airflow_bluegreen.core.versioning import unqualified


def source_subjects(project: Project, environment: str) -> Mapping[str, tuple[str, ...]]:
    """Logical table → subjects of the topics that it reads and the project does not create, by name.

    A subject may not exist: whether its topic is described by the registry is not known here. The names are
    those of the registry's default strategy, ``<topic>-key`` and ``<topic>-value``.
    """
    found: dict[str, tuple[str, ...]] = {}
    for table in project.tables.values():
        topics = {
            topic
            for name in {name for one in table.statements for name in one.statement.inputs}
            if table_of(project, name) is None and (topic := _topic(project, environment, name))
        }
        if topics:
            found[table.name] = tuple(
                f"{topic}-{part}" for topic in sorted(topics) for part in ("key", "value")
            )
    return found


def _topic(project: Project, environment: str, name: str) -> str | None:
    """The Kafka topic behind an external table, which an environment may call otherwise."""
    declared = project.external.get(environment, {}).get(unqualified(name))
    if declared is None or declared.definition is None:
        return unqualified(name)
    return topic_of(declared.definition, unqualified(name))
