"""Comparing two topics on the Flink cluster: checksums of buckets first, then only what differs.

Every look is a bounded query of the SQL gateway, whose tables live in a session that ends with it. Nothing is
committed, and no consumer group is used.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_bluegreen.actions.cluster_rows import look_at_records
from airflow_bluegreen.actions.comparison_engine import Sides, flink_format, undecodable
from airflow_bluegreen.actions.inspecting.looking import Look
from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.actions.polling import now_ms, poll
from airflow_bluegreen.actions.residual import READ_ROWS, SHOWN_SINGLES, Residual
from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.flink_hashes import SHARES
from airflow_bluegreen.core.comparison.flink_rows import (
    Checksums,
    Differences,
    read_checksums,
    read_counts,
    read_drawn,
    read_keys,
    records_of,
)
from airflow_bluegreen.core.comparison.flink_sql import (
    SETTINGS,
    Ages,
    Reading,
    checksum_query,
    count_query,
    drawn_query,
    key_query,
    record_query,
)
from airflow_bluegreen.core.comparison.flink_tables import BLUE, GREEN, records_sql, rows_sql
from airflow_bluegreen.core.model import ConvergencePoint, JobState, KafkaRecord, KeyCounts, Offsets, Profile
from airflow_bluegreen.core.sql import lower_table
from airflow_bluegreen.ports import Narrator, Platform

_NOT_TAKEN_OVER = ("properties.group.id", "scan.", "sink.", "key.fields", "value.fields")
"""Options of an environment's tables that say how its statements read and write."""

DRAWN_RECORDS = 50_000
"""Records of a side that the cluster sends for a closer look, if the project does not ask for fewer: the
gateway hands them over as text.
"""
STARTING_S = 60.0
"""A query that was left behind has its slots by then, or waits for some and may go on waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the checks judge."""

    blue: Facts | None
    green: Facts
    keys: KeyCounts
    residual: Residual
    look: Look
    points: tuple[ConvergencePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one look saw: everything up to ``ends``."""

    ends: Mapping[str, Offsets]
    ages: Ages
    checksums: Checksums
    differences: Differences = field(default_factory=Differences)


class ClusterComparison:
    """The comparison of two topics by queries on the cluster.

    :param in_flight_s: a difference that is younger (seconds) may be a record still under way.
    """

    def __init__(
        self,
        platform: Platform,
        subject: Subject,
        sides: Sides,
        profile: Profile,
        say: Narrator,
        *,
        in_flight_s: float,
    ) -> None:
        self._platform = platform
        self._subject = subject
        self._sides = sides
        self._profile = profile
        self._say = say
        self._in_flight_s = in_flight_s
        self._job_name = f"bluegreen.comparison.{profile.name}.{sides.green}"
        self._last: _Look | None = None
        self._points: list[ConvergencePoint] = []

    def settled(self, *, again_s: float, for_s: float) -> Findings:
        """Look every ``again_s`` seconds until what differs lasts, or ``for_s`` are over.

        Called once more, only what differed by then already, by the same records, lasts.
        """
        self._remove_leftovers()
        began_ms, before = now_ms(self._platform.clock), self._last

        def look() -> _Look:
            aged_ms = now_ms(self._platform.clock) - int(self._in_flight_s * 1000)
            lasting_ms = min(aged_ms, before.ages.lasting_ms) if before else aged_ms
            standing = before.ends if before else {}
            found = self._look(
                Ages(lasting_ms=lasting_ms, young_ms=aged_ms, followed_ms=began_ms, standing=standing)
            )
            self._points.append(found.differences.point(at_ms=now_ms(self._platform.clock)))
            return found

        self._last = poll(
            look,
            until=lambda seen: not seen.differences.young,
            clock=self._platform.clock,
            timeout_s=for_s,
            every_s=again_s,
        )
        return self._findings(self._last)

    def _remove_leftovers(self) -> None:
        """End the query of a comparison that was killed: nobody reads its answer.

        A query that is cancelled before its sink is open takes Flink's TaskManager with it
        (NullPointerException in CollectSinkFunction, seen on 2.2.1): one that starts is left alone.
        """
        found = poll(
            lambda: [job for job in self._platform.jobs.jobs() if job.name == self._job_name],
            until=lambda seen: all(job.state is JobState.RUNNING for job in seen),
            clock=self._platform.clock,
            timeout_s=STARTING_S,
            every_s=1.0,
        )
        for job in found:
            if job.state is JobState.RUNNING:
                self._say(f"{job.name} ({job.job_id}) of an earlier comparison cancelled")
                self._platform.jobs.cancel(job.job_id)

    def _look(self, ages: Ages) -> _Look:
        topics = self._sides.topics
        # All ends before anything is read: what comes later belongs to the next look.
        ends = {side: self._platform.topics.end_offsets(topic) for side, topic in topics.items()}
        reading = self._reading(self._sides.shared)
        answers = self._ask(checksum_query(reading), ends, reading)
        checksums = read_checksums(answers, topics, keyed=self._sides.keyed)
        look = _Look(ends=ends, ages=ages, checksums=checksums)
        if not checksums.differing:
            return look
        self._say(
            f"{self._sides.green}: {checksums.equal:,} rows in buckets as in {self._sides.blue},"
            f" {len(checksums.differing):,} buckets differ"
        )
        query = count_query(reading, checksums.differing, ages)
        differences = Differences(counts=read_counts(self._ask(query, ends, reading)))
        return _Look(ends=ends, ages=ages, checksums=checksums, differences=differences)

    def _reading(self, columns: Collection[str]) -> Reading:
        typed = None
        if columns:
            types = {column.name: column for column in self._sides.columns}
            typed = tuple(types[name] for name in sorted(columns))
        return Reading(
            keyed=self._sides.keyed,
            columns=typed,
            sides=tuple(self._sides.topics),
            framed_keys=self._sides.framed_keys,
            framed_values=self._sides.framed_values,
        )

    def _ask(self, sql: str, ends: Mapping[str, Offsets], reading: Reading) -> tuple[tuple[Any, ...], ...]:
        catalog = []
        for side, topic in self._sides.topics.items():
            catalog.append(self._lowered(records_sql(side, topic, ends[side])))
            if reading.columns is not None:
                declared = self._sides.columns if side == GREEN else self._sides.blue_columns
                names = {column.name for column in reading.columns}
                columns = tuple(column for column in declared if column.name in names)
                catalog.append(
                    self._lowered(
                        rows_sql(
                            side, topic, ends[side], columns, flink_format(self._platform.schemas, topic)
                        )
                    )
                )
        return self._platform.gateway.query(catalog, sql, job_name=self._job_name, settings=SETTINGS)

    def _lowered(self, sql: str) -> str:
        profile = self._profile
        options = {**profile.table_options, **profile.table_options_by_kind.get(self._sides.kind, {})}
        taken = {key: value for key, value in options.items() if not key.startswith(_NOT_TAKEN_OVER)}
        filled = fill(taken, self._platform.endpoints, known={"table.name": self._sides.green})
        return lower_table(sql, profile, options=filled, kind=self._sides.kind or "compared")

    def _findings(self, look: _Look) -> Findings:
        keys = look.differences.key_counts(look.checksums.equal)
        records, complete = self._drawn(look)
        residual, closer = self._examined(records, look.ages)
        if not complete:
            inspection = replace(closer.inspection, complete=False)
            residual, closer = self._of_listed(look, keys)
            closer = replace(closer, inspection=inspection)
        return Findings(
            blue=look.checksums.facts.get(BLUE),
            green=look.checksums.facts[GREEN],
            keys=keys,
            residual=residual,
            look=closer,
            points=tuple(self._points),
        )

    def _drawn(self, look: _Look) -> tuple[Mapping[str, list[KafkaRecord]], bool]:
        """Records of a share of the keys, the same on both sides, and whether that is all of them."""
        budget = min(self._subject.settings.decode_records, DRAWN_RECORDS)
        most = max(facts.records for facts in look.checksums.facts.values())
        shares = SHARES if most <= budget else max(1, SHARES * budget // most)
        reading = self._reading(self._sides.shared)
        return read_drawn(self._ask(drawn_query(reading, shares), look.ends, reading)), shares == SHARES

    def _examined(self, records: Mapping[str, list[KafkaRecord]], ages: Ages) -> tuple[Residual, Look]:
        return look_at_records(self._platform.schemas, self._subject, records, ages)

    def _of_listed(self, look: _Look, keys: KeyCounts) -> tuple[Residual, Look]:
        """The same of keys that differ, by their newest records: all of those, if they are not too many."""
        limits = {"diff": READ_ROWS, "blue_only": SHOWN_SINGLES, "green_only": SHOWN_SINGLES}
        wanted = {name: limit for name, limit in limits.items() if getattr(keys, name)}
        records: Mapping[str, list[KafkaRecord]] = {}
        if wanted:
            reading = self._reading(self._sides.shared)
            query = key_query(reading, look.checksums.differing, look.ages, wanted)
            places = records_of(read_keys(self._ask(query, look.ends, reading)), keyed=self._sides.keyed)
            records = read_drawn(self._ask(record_query(places), look.ends, self._reading(())))
        # They were found to last.
        residual, closer = self._examined(records, replace(look.ages, lasting_ms=1 << 60, standing={}))
        if keys.diff <= READ_ROWS:
            return residual, closer
        unexpected, judged = self._judged(look, keys)
        differences = replace(residual.differences, unexpected=unexpected, judged=judged)
        return replace(residual, differences=differences), replace(closer, differences=None, equal=0)

    def _judged(self, look: _Look, keys: KeyCounts) -> tuple[int, int]:
        """How many keys differ in a column that must match, and of how many that could be told."""
        must_match = self._sides.must_match
        if must_match is None:
            return keys.diff, keys.diff  # nobody could tell, so none of them passes
        # Rows of one key have the same key, and their value need not repeat it.
        asked = frozenset(must_match) - frozenset(self._subject.primary_key)
        if undecodable(self._platform.schemas, self._sides, asked):
            return keys.diff, keys.diff
        if not asked:
            return 0, keys.diff
        reading = self._reading(asked)
        query = count_query(reading, look.checksums.differing, look.ages)
        found = Differences(counts=read_counts(self._ask(query, look.ends, reading)))
        # Of the same records: what is not on both sides any more was compacted since.
        gone = max(0, look.differences.shared - found.shared)
        return found.counts.get(("diff", "lasting"), 0), max(0, keys.diff - gone)
