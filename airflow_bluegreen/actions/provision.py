"""The DDL of a table: its green topic, created with the settings that the text asks for and blue's others.

The green subjects are not created here: Flink registers them with its first record, and there is one writer
of a subject only. What it will register is judged before, by the preflight.
"""

from collections.abc import Callable

from airflow_bluegreen.actions.access import READING, REMOVING, missing_operations
from airflow_bluegreen.actions.catalog import definition_of
from airflow_bluegreen.actions.ledger import refuse_if_undone
from airflow_bluegreen.actions.planned import is_view, planned_table, protected_names
from airflow_bluegreen.core.green_topic import GreenTopic, differences, green_topic
from airflow_bluegreen.core.model import Plan, PlannedTable, Profile, Topic
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader


def provision(platform: Platform, plan: Plan, table: str, profile: Profile, say: Narrator) -> None:
    """Create the green topic of a table, or find that it is there as wanted.

    Raises ConflictError when a topic of that name differs, or belongs to a live table; ConfigurationError
    when we may not read or delete what was created; UnknownTableError for a table that is not in the plan;
    RefusedError when the release was rolled back meanwhile.
    """
    planned = planned_table(plan, table)
    if planned.green is None:
        say(f"{table} is removed by this release, nothing to create")
        return
    if is_view(planned):
        say(f"{planned.green} is a view, no topic to create")
        return
    refuse_if_undone(platform, plan.release.ref)
    there = platform.topics.described(planned.green, *filter(None, (planned.blue,)))
    wanted = wanted_topic(there.get, plan, planned, profile)
    for setting, value in sorted(wanted.carried.items()):
        say(f"{setting}={value} is taken over from topic {planned.blue}: the DDL says nothing of it")
    found = there.get(wanted.topic.name)
    if found is None:
        found = _created(platform, wanted.topic, say)
    refuse_different_topic(found, wanted.topic, planned)
    _refuse_without_access(platform.topics, planned, wanted.topic.name)
    say(f"topic {wanted.topic.name} is as wanted: {_described(wanted.topic)}")


def wanted_topic(
    topic: Callable[[str], Topic | None], plan: Plan, planned: PlannedTable, profile: Profile
) -> GreenTopic:
    """The green topic as the DDL describes it; as blue's where it says nothing.

    :param topic: tells of a topic by its name.
    """
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
    blue = topic(planned.blue) if planned.blue else None
    return green_topic(green, definition_of(planned), blue)


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
    """Raises ConflictError when an existing topic is not as wanted."""
    otherwise = differences(found, wanted)
    if otherwise:
        raise ConflictError(
            f"topic {wanted.name} exists with {', '.join(otherwise)}",
            where=planned.ddl.where if planned.ddl else None,
            remedy="Change the DDL, or delete the topic if nothing uses it",
        )


def _refuse_without_access(topics: TopicReader, planned: PlannedTable, name: str) -> None:
    """Only now can it be asked: brokers tell nothing of topics that do not exist."""
    missing = missing_operations(topics, name, READING | REMOVING)
    if missing:
        raise ConfigurationError(
            f"we may not {', '.join(missing)} topic {name}, which was created for {planned.table}",
            remedy="Grant it to the user of the kafka connection, for green names too: by prefix",
        )


def _described(topic: Topic) -> str:
    settings = [f"{name}={value}" for name, value in sorted(topic.config.items())]
    if topic.replication is not None:
        settings.append(f"replication {topic.replication}")
    return f"{topic.partitions} partitions" + (f" ({', '.join(settings)})" if settings else "")
