"""What a release does to the sink connectors."""

from collections.abc import Container, Mapping

from airflow_bluegreen.core.connectors import with_topics
from airflow_bluegreen.core.model import Connector, ConnectorAction, PlannedConnector, Project
from airflow_bluegreen.core.project import table_of
from airflow_bluegreen.core.versioning import in_text


def planned_connectors(
    project: Project,
    base: Project | None,
    blue: Mapping[str, str],
    names: Mapping[str, str],
    present: Container[str],
) -> tuple[PlannedConnector, ...]:
    """Connectors whose topics or configuration change, by name; the others are not in the plan.

    :param blue: live name of every table before the release.
    :param names: name of every table after it.
    :param present: the tables that are there after it. A connector of a new table that is left out is left
        out with it.
    """
    before = {connector.name: connector for connector in base.connectors} if base else {}
    after = {connector.name: connector for connector in project.connectors}
    found: list[PlannedConnector] = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        blue_topics = _topics(base, blue, old) if base and old else ()
        if new is None:
            found.append(_removed(name, before[name], blue_topics))
            continue
        if old is None and not all(table in present for table in _tables(project, new)):
            continue
        green_topics = _topics(project, names, new)
        if old and blue_topics == green_topics and _settings(old) == _settings(new):
            continue
        found.append(
            PlannedConnector(
                name=name,
                action=ConnectorAction.MOVE if old else ConnectorAction.CREATE,
                blue_topics=blue_topics,
                green_topics=green_topics,
                config=with_topics(new.config, dict(zip(new.topics, green_topics, strict=True))),
                shared_target=new.shared_target,
            )
        )
    return tuple(found)


def _removed(name: str, old: Connector, blue_topics: tuple[str, ...]) -> PlannedConnector:
    return PlannedConnector(
        name=name,
        action=ConnectorAction.REMOVE,
        blue_topics=blue_topics,
        green_topics=(),
        config=with_topics(old.config, dict(zip(old.topics, blue_topics, strict=True))),
    )


def _tables(project: Project, connector: Connector) -> list[str]:
    owners = (table_of(project, in_text(topic)) for topic in connector.topics)
    return [table for table in owners if table is not None]


def _topics(project: Project, names: Mapping[str, str], connector: Connector) -> tuple[str, ...]:
    """The connector's topics under these names; one that is no table of the project stays as written."""
    owners = ((topic, table_of(project, in_text(topic))) for topic in connector.topics)
    return tuple(names.get(table, topic) if table else topic for topic, table in owners)


def _settings(connector: Connector) -> Mapping[str, str]:
    return {key: value for key, value in connector.config.items() if key != "topics"}
