"""What an environment is like, as the ledger has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airflow_bluegreen.core.environment import EnvironmentState, environment_state
from airflow_bluegreen.core.lifecycle import adopted, advance, begin
from airflow_bluegreen.core.model import Phase, PinnedTable, Plan, ReleaseRecord
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of

NOW = datetime(2026, 1, 20, tzinfo=UTC)
PLAN = plan_of(v1_0_0(), v1_0_1())


def released(plan: Plan = PLAN, day: int = 10, upto: Phase = Phase.LIVE, by: str = "ada") -> ReleaseRecord:
    record = begin(plan, at=f"2026-01-{day:02}T08:00:00+00:00", by=by)
    for phase in Phase:
        if phase is Phase.PLANNED:
            continue
        record = advance(record, phase, at=f"2026-01-{day:02}T09:00:00+00:00", by=by)
        if phase is upto:
            break
    return record


def first(day: int = 1) -> ReleaseRecord:
    plan = plan_of(None, v1_0_0())
    return released(replace(plan, release=replace(plan.release, ref="v1.0.0")), day)


def seen(*records: ReleaseRecord) -> EnvironmentState:
    return environment_state(
        records, project="retail", environment="local", now=NOW, window=timedelta(days=30)
    )


def test_before_the_first_release_there_is_nothing() -> None:
    state = seen()
    assert (state.live, state.running, state.tables, state.kept, state.releases) == (None, None, (), (), ())
    assert state.seen_at == "2026-01-20T00:00:00+00:00"


def test_each_table_is_live_since_the_release_that_brought_it_up() -> None:
    tables = {one.table: one for one in seen(first(), released()).tables}
    assert (tables["int_3"].physical, tables["int_3"].version) == ("int_3_v2", 2)
    assert (tables["int_3"].release, tables["int_3"].since) == ("v1.0.1", "2026-01-10T09:00:00+00:00")
    assert (tables["int_1"].physical, tables["int_1"].version) == ("int_1", 1)
    assert (tables["int_1"].release, tables["int_1"].since) == ("v1.0.0", "2026-01-01T09:00:00+00:00")


def test_what_ran_before_is_live_since_it_was_adopted() -> None:
    plan = plan_of(None, v1_0_0())
    record = adopted(plan, at="2026-01-02T00:00:00+00:00")
    assert {one.since for one in seen(record).tables} == {"2026-01-02T00:00:00+00:00"}


def test_of_a_table_that_the_ledger_does_not_know_nothing_is_made_up() -> None:
    tables = {one.table: one for one in seen(released()).tables}
    assert (tables["int_1"].release, tables["int_1"].since) == ("", "")


def test_a_release_that_was_rolled_back_brought_nothing_up() -> None:
    back = advance(released(), Phase.ROLLING_BACK, at="2026-01-11T00:00:00+00:00")
    back = advance(back, Phase.ROLLED_BACK, at="2026-01-11T01:00:00+00:00")
    state = seen(first(), back)
    assert state.live is not None
    assert state.live.release == "v1.0.0"
    assert {one.release for one in state.tables} == {"v1.0.0"}
    assert [(one.release, one.phase) for one in state.releases] == [
        ("v1.0.1", Phase.ROLLED_BACK),
        ("v1.0.0", Phase.LIVE),
    ]


def test_the_release_in_progress_stands_beside_the_live_one() -> None:
    state = seen(first(), released(upto=Phase.COMPARED))
    assert state.live is not None
    assert state.running is not None
    assert (state.live.release, state.running.release, state.running.by) == ("v1.0.0", "v1.0.1", "ada")
    assert state.running.phase is Phase.COMPARED


def test_pinned_readers_and_retired_tables_are_listed() -> None:
    pin = PinnedTable(table="c", physical="c", reads={"int_3": "int_3"}, because="it reads no column")
    state = seen(first(), released(replace(PLAN, pinned=(pin,))))
    assert [(one.physical, one.reads, one.because) for one in state.pinned] == [
        ("c", ("int_3",), "it reads no column")
    ]
    assert "fact_2" in {one.name for one in state.kept}
    assert {one.kept for one in state.kept if one.name == "fact_2"} == {"the rollback window is open"}
