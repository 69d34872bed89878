"""The DDL of a table: its green topic, created with the settings that the text asks for."""

from dataclasses import replace

from airflow_bluegreen.actions.catalog import definition_of
from airflow_bluegreen.actions.ledger import refuse_if_undone
from airflow_bluegreen.actions.planned import is_view, planned_table, protected_names
from airflow_bluegreen.core.model import Plan, PlannedTable, Profile, Topic
from airflow_bluegreen.core.sql import topic_settings
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader


def provision(platform: Platform, plan: Plan, table: str, profile: Profile, say: Narrator) -> None:
    """Create the green topic of a table, or find that it is there as wanted.

    Raises ConflictError when a topic of that name differs, or belongs to a live table; UnknownTableError for
    a table that is not in the plan; RefusedError when the release was rolled back meanwhile.
    """
    planned = planned_table(plan, table)
    if planned.green is None:
        say(f"{table} is removed by this release, nothing to create")
        return
    if is_view(planned):
        say(f"{planned.green} is a view, no topic to create")
        return
    refuse_if_undone(platform, plan.release.ref)
    wanted = wanted_topic(platform.topics, plan, planned, profile)
    found = platform.topics.topic(wanted.name)
    if found is None:
        found = _created(platform, wanted, say)
    refuse_different_topic(found, wanted, planned)
    say(f"topic {wanted.name} is as wanted: {_described(wanted)}")


def wanted_topic(topics: TopicReader, plan: Plan, planned: PlannedTable, profile: Profile) -> Topic:
    """The green topic as the DDL describes it; blue's number of partitions where it says nothing."""
    green = planned.green or ""
    if profile.dialect != "open-source":
        raise ConfigurationError(
            f"environment {profile.name} has dialect {profile.dialect}, whose tables its own service creates",
            remedy="Set dialect: open-source in bluegreen.yaml",
        )
    if green in protected_names(plan):
        raise ConflictError(
            f"{green} is the name of a table that is live",
            remedy="Give the green table a version that is not in use",
        )
    definition = definition_of(planned)
    settings = topic_settings(definition)
    blue = topics.topic(planned.blue) if planned.blue and definition.buckets is None else None
    partitions = blue.partitions if blue else settings.partitions
    return Topic(name=green, partitions=partitions, config=settings.config)


def _created(platform: Platform, wanted: Topic, say: Narrator) -> Topic:
    try:
        platform.topics.create_topic(wanted)
    except ConflictError:
        # Somebody was quicker: another attempt of this task, or a late answer. It is compared next.
        found = platform.topics.topic(wanted.name)
        if found is None:
            raise
        return found
    say(f"topic {wanted.name} created")
    return wanted


def refuse_different_topic(found: Topic, wanted: Topic, planned: PlannedTable) -> None:
    """Raises ConflictError when an existing topic has other partitions or settings than the DDL asks for."""
    there = replace(found, config={name: found.config.get(name, "unset") for name in wanted.config})
    if there.partitions == wanted.partitions and dict(there.config) == dict(wanted.config):
        return
    raise ConflictError(
        f"topic {wanted.name} exists with {_described(there)}, the DDL wants {_described(wanted)}",
        where=planned.ddl.where if planned.ddl else None,
        remedy="Change the DDL, or delete the topic if nothing uses it",
    )


def _described(topic: Topic) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in sorted(topic.config.items()))
    return f"{topic.partitions} partitions" + (f" ({settings})" if settings else "")
