"""Go on where blue's rows end, for a statement without state: copy blue's rows up to a cut, start at the
input offsets of that cut. Blue runs on meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import xxhash

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.starting.beginning import (
    START_ACT,
    Beginning,
    replay_topic,
)
from airflow_bluegreen.actions.starting.bounded import run_bounded
from airflow_bluegreen.actions.starting.copying import copy_rows
from airflow_bluegreen.actions.starting.facts import Blue, Starts
from airflow_bluegreen.actions.starting.positions import started_at
from airflow_bluegreen.core.model import JobState, KafkaRecord, Offsets, Start, Topic
from airflow_bluegreen.core.starting import StatementFacts
from airflow_bluegreen.core.starting.cutting import NoCut, find_cut
from airflow_bluegreen.core.starting.scanning import (
    offsets_of,
    offsets_text,
    scan_between,
    write_to,
)
from airflow_bluegreen.exceptions import StartRefusedError

TRIES = 5
COMMIT_TIMEOUT_S = 900.0
"""Blue commits its offsets with each checkpoint."""
LOOK_EVERY_S = 1.0
_REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Offsets that were read one after the other while blue ran: see :mod:`…core.starting.cutting`.

    ``begin`` and ``end`` are of the inputs, the others of blue's topic.
    """

    low: Offsets
    begin: Offsets
    high: Offsets
    end: Offsets
    last: Offsets


def carry_on(begin: Beginning, starts: Starts, blue: Blue) -> Launch:
    """The job as it starts behind a copy of blue's rows."""
    name = begin.launch.job_name
    facts = starts.facts_of(blue.statement, explain=False)
    known = begin.remembered(START_ACT, name)
    if known is None or known["strategy"] != Start.CARRY_OVER:
        offsets, until = _cut(begin, blue, facts)
        known = {
            "strategy": Start.CARRY_OVER.value,
            "offsets": offsets_text(offsets),
            "until": offsets_text(until),
        }
        begin.remember(START_ACT, name, known)
    copy_rows(begin, blue, facts.target, offsets_of(known["until"]))
    green = starts.facts_of(begin.planned.dml[0], explain=False)
    return started_at(begin.launch, green.inputs, offsets_of(known["offsets"]))


def _cut(begin: Beginning, blue: Blue, facts: StatementFacts) -> tuple[Offsets, Offsets]:
    """Input offsets, and the offsets of blue's topic at which the rows of what is before them end."""
    reason = ""
    for number in range(1, TRIES + 1):
        found = _try(begin, blue, facts)
        if not isinstance(found, NoCut):
            return found
        reason = found.reason
        begin.say(f"no cut through {begin.planned.blue} at try {number} of {TRIES}: {reason}")
    raise StartRefusedError(
        f"no cut through the rows of {begin.planned.blue} can be proven: {reason}",
        where=begin.launch.where,
        remedy="Let the table be rebuilt (start in bluegreen.yaml), or try again when it is calmer",
    )


def _try(begin: Beginning, blue: Blue, facts: StatementFacts) -> tuple[Offsets, Offsets] | NoCut:
    before = begin.platform.jobs.progress(blue.job.job_id)
    moment = _moment(begin, facts)
    after = begin.platform.jobs.progress(blue.job.job_id)
    if isinstance(moment, NoCut):
        return moment
    if after.restarts != before.restarts or after.state is not JobState.RUNNING:
        return NoCut(reason="blue was restarted meanwhile, which writes rows a second time")
    topics, topic = begin.platform.topics, facts.target.topic
    tail: dict[tuple[str, int], list[tuple[int, bytes]]] = {at: [] for at in moment.high}
    for record in topics.read(topic, moment.low, moment.high):
        tail[topic, record.partition].append((record.offset, _value(record)))
    rest = (_value(record) for record in topics.read(topic, moment.high, moment.last))
    cut = find_cut(tail, rest, _replayed(begin, blue, facts, moment), moment.high)
    if isinstance(cut, NoCut):
        return cut
    begin.say(f"{begin.planned.blue} is cut at {offsets_text(cut)} for {offsets_text(moment.begin)}")
    return moment.begin, cut


def _moment(begin: Beginning, facts: StatementFacts) -> Moment | NoCut:
    """The order of these reads is what the proof rests on."""
    topics, topic = begin.platform.topics, facts.target.topic
    low = topics.end_offsets(topic)
    least = _ends(begin, facts)
    if isinstance(least, NoCut):
        return least
    start = _committed(begin, facts, least)
    high = topics.end_offsets(topic)
    end = _ends(begin, facts)
    if isinstance(end, NoCut):
        return end
    _committed(begin, facts, end)
    return Moment(low=low, begin=start, high=high, end=end, last=topics.end_offsets(topic))


def _ends(begin: Beginning, facts: StatementFacts) -> Offsets | NoCut:
    """Offsets behind everything that blue can have read so far, be it committed or not."""
    topics = begin.platform.topics
    found: dict[tuple[str, int], int] = {}
    for table in facts.inputs:
        readable = topics.log_ends(table.topic)
        committed = topics.end_offsets(table.topic)  # after the others: new records are no transaction
        if any(committed[at] < end for at, end in readable.items()):
            return NoCut(reason=f"a transaction is open in {table.topic}, or has just ended")
        found.update(committed)
    return found


def _committed(begin: Beginning, facts: StatementFacts, least: Offsets) -> Offsets:
    """What blue has committed, as soon as that is not before ``least``.

    Raises StartRefusedError if that never comes.

    Flink commits when a checkpoint is complete, for which the sink has flushed all rows. A partition without
    a record is never committed: there is nothing before its end.
    """
    topics = begin.platform.topics
    group = facts.inputs[0].options.get("properties.group.id", "")
    first: dict[tuple[str, int], int] = {}
    for table in facts.inputs:
        first.update(topics.begin_offsets(table.topic))
    empty = {at: end for at, end in least.items() if end <= first.get(at, 0)}

    def look() -> Offsets:
        return {**empty, **topics.group_offsets(group)}

    found = poll(
        look,
        until=lambda there: all(there.get(at, -1) >= offset for at, offset in least.items()),
        clock=begin.platform.clock,
        timeout_s=COMMIT_TIMEOUT_S,
        every_s=LOOK_EVERY_S,
    )
    there = {at: found.get(at, -1) for at in least}
    if all(there[at] >= offset for at, offset in least.items()):
        return there
    raise StartRefusedError(
        f"blue did not commit its offsets within {COMMIT_TIMEOUT_S:.0f} s",
        where=begin.launch.where,
        remedy="It must take checkpoints and keep up with its inputs; or let the table be rebuilt",
    )


def _replayed(begin: Beginning, blue: Blue, facts: StatementFacts, moment: Moment) -> Iterable[bytes]:
    """What blue's own statement makes of the records in between, in a topic that is thrown away."""
    if all(moment.end[at] == offset for at, offset in moment.begin.items()):
        return []
    topics, name = begin.platform.topics, replay_topic(begin.green)
    topics.delete_topic(name)
    topics.create_topic(Topic(name=name, partitions=1, config={"cleanup.policy": "delete"}))
    group = f"bluegreen.{begin.profile.name}.replay.{begin.green}"
    scans = (scan_between(one.name, one.topic, moment.begin, moment.end, group) for one in facts.inputs)
    catalog = (
        *session_tables(blue.statement, begin.profile, begin.platform.endpoints),
        *scans,
        write_to(facts.target.name, _aside(facts, name)),
    )
    run_bounded(begin, _REPLAY, catalog, blue.statement.sql)
    found = [_value(one) for one in topics.read(name, topics.begin_offsets(name), topics.end_offsets(name))]
    topics.delete_topic(name)
    return found


def _aside(facts: StatementFacts, topic: str) -> dict[str, str]:
    """Blue's table on another topic, with the schemas of its own subjects: rows hold their ids."""
    options = {"topic": topic}
    for side in ("key", "value"):
        subject = f"{side}.avro-confluent.subject"
        if (
            facts.target.options.get(f"{side}.format") == "avro-confluent"
            and subject not in facts.target.options
        ):
            options[subject] = f"{facts.target.topic}-{side}"
    return options


def _value(record: KafkaRecord) -> bytes:
    """Key and value of a row as one short value."""
    parts = (record.key, record.value)
    sizes = b",".join(b"-" if part is None else str(len(part)).encode() for part in parts)
    return xxhash.xxh3_128_digest(b"|".join((sizes, *(part or b"" for part in parts))))
