"""The topics of a test, and the records of its sources."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_bluegreen.actions.integration.preparing import Trial
from airflow_bluegreen.actions.planned import subjects
from airflow_bluegreen.core.green_topic import green_topic
from airflow_bluegreen.core.model import SourceFed, Topic
from airflow_bluegreen.core.reading import parse_file
from airflow_bluegreen.core.synthetic.arrival import shuffled
from airflow_bluegreen.core.synthetic.history import Change, history, populations
from airflow_bluegreen.core.synthetic.samples import read_samples
from airflow_bluegreen.core.synthetic.traits import Traits
from airflow_bluegreen.core.synthetic.writing import RecordWriter, avro_schemas
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Narrator, Platform

_TIMED = ("retention.ms", "retention.bytes", "max.compaction.lag.ms", "message.timestamp.type")
"""What a topic says of the age of its records; those of a test have the times that they were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The records of one source, by when they happened."""

    traits: Traits
    changes: tuple[Change, ...]

    def told(self) -> Mapping[str, int]:
        """How many records tell what."""
        return dict(sorted(Counter(str(change.event) for change in self.changes).items()))


def feeds_of(platform: Platform, trial: Trial) -> tuple[Feed, ...]:
    """The records of every source: generated, or those of the project's sample file. Reads only.

    Raises ConfigurationError for a sample that is absent or does not fit, or a type that cannot be generated.
    """
    shared = populations(trial.traits)
    return tuple(
        Feed(
            traits=traits,
            changes=_sampled(platform, trial, traits) or history(traits, shared, trial.settings.seed),
        )
        for traits in trial.traits
    )


def feed(platform: Platform, trial: Trial, feeds: Sequence[Feed], say: Narrator) -> tuple[SourceFed, ...]:
    """Make every topic of the test and write the records of its sources; nothing of it may be there yet."""
    sources = {physical for one in trial.isolation.sources for physical in (*one.in_order, *one.shuffled)}
    for topic in _topics(trial, sources):
        platform.topics.create_topic(topic)
    fed = tuple(_write(platform, trial, one) for one in feeds)
    for one in fed:
        told = ", ".join(f"{number} {event}" for event, number in one.records.items())
        say(f"{one.source}: {told} in {one.topic}")
    return fed


def _topics(trial: Trial, sources: set[str]) -> list[Topic]:
    """A topic a table; that of a source has one partition, in which records stay in the order of arrival."""
    found = []
    for physical, table in sorted(trial.isolation.catalog.items()):
        definition = parse_file(table.sql, physical)[0].definition
        if physical not in trial.definitions or definition is None:
            continue  # a view
        wanted = green_topic(physical, definition, None).topic
        config = {setting: value for setting, value in wanted.config.items() if setting not in _TIMED}
        if physical in sources or "delete" in config["cleanup.policy"]:
            config |= {"cleanup.policy": "delete", "retention.ms": "-1"}
        found.append(
            Topic(name=physical, partitions=1 if physical in sources else wanted.partitions, config=config)
        )
    return found


def _write(platform: Platform, trial: Trial, one: Feed) -> SourceFed:
    source = one.traits.source
    wire = trial.wires[source]
    schemas = avro_schemas(wire, one.traits.schema)
    fed = next(each for each in trial.isolation.sources if each.source == source)
    orders = (
        (fed.in_order, sorted(one.changes, key=lambda change: change.at_ms)),
        (fed.shuffled, shuffled(one.changes, one.traits, trial.settings.seed)),
    )
    for topics, changes in orders:
        for topic in topics:
            ids = [
                None if schema is None else platform.schemas.register(subject, schema).schema_id
                for subject, schema in zip(subjects(topic), schemas, strict=True)
            ]
            writer = RecordWriter(wire, one.traits, (ids[0], ids[1]), schemas)
            platform.topics.write_records(topic, writer.records(changes))
    return SourceFed(source=source, topic=(*fed.in_order, *fed.shuffled)[0], records=one.told())


def _sampled(platform: Platform, trial: Trial, traits: Traits) -> tuple[Change, ...]:
    wishes = trial.settings.sources.get(traits.source)
    if wishes is None or not wishes.file:
        return ()
    text = platform.repository.read_files(trial.plan.release, (wishes.file,)).get(wishes.file)
    found = () if text is None else read_samples(text, wishes.file, traits)
    if not found:
        raise ConfigurationError(
            f"no sample records in {wishes.file} at {trial.plan.release.ref}",
            remedy=f"Mend integration_test.sources.{traits.source}.file, or leave it out",
        )
    return found
