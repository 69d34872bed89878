"""A release tested on synthetic records, on fakes: what it finds, and that nothing of it stays."""

import contextlib
import copy
from collections.abc import Callable, Iterable

import orjson
import pytest

from airflow_bluegreen.actions.integration.preparing import Asked, name_of, prepare
from airflow_bluegreen.actions.integration.removing import remove
from airflow_bluegreen.actions.integration.running import Progress, advance, is_over
from airflow_bluegreen.actions.integration.trial_run import begin, integration_test
from airflow_bluegreen.core.model import (
    CheckResult,
    IntegrationResult,
    KafkaRecord,
    Profile,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    OvertakenError,
    ReadinessError,
    RefusedError,
    StatementError,
)
from tests.actions.faults import Fault, Killed, Line, kill, lose_answer, refuse_once
from tests.actions.world import PLANNED, World
from tests.core.golden import edited, v1_0_0, v1_0_1

INT_3 = Asked(select=("int_3",), records=20)


def trying(world: World, asked: Asked = INT_3, **options: bool | float) -> IntegrationResult:
    return integration_test(world.platform, world.plan(), world.profile, asked, world.story, **options)  # type: ignore[arg-type]


def table_of(result: IntegrationResult, name: str) -> TableComparison:
    return next(one for one in result.tables if one.table == name)


def check_of(result: IntegrationResult, table: str, check: str) -> CheckResult:
    return next(one for one in table_of(result, table).checks if one.check == check)


def name_in(world: World, asked: Asked = INT_3) -> str:
    return name_of(world.platform, world.plan(), world.profile, asked)


def dropping(place: int) -> Callable[[str, KafkaRecord], Iterable[tuple[bytes | None, bytes | None]]]:
    """What a join that loses rows does: every so many-th entity does not come through."""

    def transform(_topic: str, record: KafkaRecord) -> Iterable[tuple[bytes | None, bytes | None]]:
        lost = record.key is not None and int(record.key.decode().rpartition("-")[2]) % place == 0
        return [] if lost else [(record.key, record.value)]

    return transform


def totalling(total: int) -> Callable[[str, KafkaRecord], Iterable[tuple[bytes | None, bytes | None]]]:
    """Rows of int_3 that all have the same total."""

    def transform(_topic: str, record: KafkaRecord) -> Iterable[tuple[bytes | None, bytes | None]]:
        key = (record.key or b"").decode()
        return [(record.key, orjson.dumps({"id": key, "total": total, "note": None}))]

    return transform


def test_all_tables_of_the_release_pass_and_nothing_is_left() -> None:
    world = World()
    before, blue = world.snapshot(), world.blue()
    result = trying(world, Asked(records=20))
    assert tuple(one.table for one in result.tables) == PLANNED
    assert {one.verdict for one in result.tables} == {Verdict.PASS}, world.story.text
    assert world.snapshot() == before
    assert world.blue() == blue
    assert {one.source for one in result.sources} == {"raw_a", "raw_b", "raw_c", "raw_x"}
    assert all(sum(one.records.values()) == 20 for one in result.sources)


def test_every_table_has_the_checks_that_are_promised() -> None:
    result = trying(World(), Asked(records=20))
    for table in ("int_3", "fact_2", "fact_3"):
        checks = {one.check for one in table_of(result, table).checks}
        assert {"records arrive", "source records", "arrival order", "keys", "values", "aggregates"} <= checks
    assert {"freshness", "definition"}.isdisjoint(
        one.check for table in result.tables for one in table.checks
    )
    new = table_of(result, "view32")
    assert new.blue is None


def test_what_is_the_same_in_both_releases_runs_once_for_both() -> None:
    world = World()
    trial = prepare(world.platform, world.plan(), world.profile, INT_3)
    assert [one.job_name.partition(".")[2] for one in trial.isolation.statements] == [
        "c.dml.src_a",
        "s.dml.src_a",
        "c.dml.src_b",
        "s.dml.src_b",
        "c.dml.src_c",
        "s.dml.src_c",
        "g.dml.int_3",
        "s.dml.int_3",
        "b.dml.int_3",
    ]


def test_nothing_in_a_test_has_a_name_from_outside() -> None:
    world = World()
    plan = world.plan()
    trial = prepare(world.platform, plan, world.profile, Asked())
    outside = {
        *plan.physical.values(),
        *(one.blue for one in plan.tables),
        "raw_a",
        "raw_b",
        "raw_c",
        "raw_x",
    }
    made = {name for one in trial.isolation.statements for name in (*one.reads, *one.writes)}
    assert made.isdisjoint(outside)
    assert all(name.startswith(f"{trial.name}_") for name in made)
    for one in trial.isolation.statements:
        for text in trial.sessions[one.job_name]:
            assert f"'topic' = '{trial.name}_" in text or "connector" not in text
            assert "'properties.commit.offsets.on.checkpoint' = 'false'" in text


def test_a_release_that_loses_source_records_fails_although_its_rows_may_change() -> None:
    """The change of a join explains other rows, but not that what blue keeps is gone."""
    world = World(release=inner_join())
    world.cluster.gateway.transforms[f"{name_in(world)}_g_int_3"] = dropping(3)
    result = trying(world)
    assert check_of(result, "int_3", "keys").verdict is Verdict.PASS
    lost = check_of(result, "int_3", "source records")
    assert lost.verdict is Verdict.FAIL
    assert "that blue keeps are lost, such as id-00000" in lost.detail
    assert table_of(result, "int_3").verdict is Verdict.FAIL


def test_rows_that_the_project_says_it_loses_are_expected() -> None:
    stated = "comparison: {tables: {int_3: {expected: [{reason: no notes, rows: true}]}}}\n"
    files = inner_join()
    files["bluegreen.yaml"] += stated
    world = World(release=files)
    world.cluster.gateway.transforms[f"{name_in(world)}_g_int_3"] = dropping(3)
    lost = check_of(trying(world), "int_3", "source records")
    assert lost.verdict is Verdict.PASS
    assert lost.expected


def inner_join() -> dict[str, str]:
    """v1.0.1 with a join in int_3 that is another one than in v1.0.0."""
    return edited(
        v1_0_1(), {"dml.int_3.sql": ("JOIN src_c c ON a.id = c.id", "LEFT JOIN src_c c ON a.id = c.id")}
    )


def test_rows_that_depend_on_the_order_of_arrival_are_found() -> None:
    world = World()
    transforms, name = world.cluster.gateway.transforms, name_in(world)
    transforms |= {f"{name}_{side}_int_3": totalling(1) for side in "bg"}
    transforms[f"{name}_s_int_3"] = totalling(2)
    order = check_of(trying(world), "int_3", "arrival order")
    assert order.verdict is Verdict.FAIL
    assert "values" in order.detail


def test_a_table_may_be_said_to_depend_on_the_order_of_arrival() -> None:
    files = v1_0_1()
    files["bluegreen.yaml"] += "integration_test: {any_order: [int_3]}\n"
    world = World(release=files)
    world.cluster.gateway.transforms[f"{name_in(world)}_s_int_3"] = dropping(3)
    order = check_of(trying(world), "int_3", "arrival order")
    assert order.verdict is Verdict.PASS
    assert order.expected
    assert "integration_test.any_order" in order.detail


def test_a_table_in_which_nothing_arrives_fails() -> None:
    world = World()
    world.cluster.gateway.transforms[f"{name_in(world)}_g_int_3"] = dropping(1)
    arrival = check_of(trying(world), "int_3", "records arrive")
    assert arrival.verdict is Verdict.FAIL
    assert arrival.detail == "no row arrives in the table"


@pytest.mark.parametrize(("fault", "every"), [(kill, 1), (lose_answer, 3), (refuse_once, 4)])
def test_broken_off_at_any_write_and_run_again(fault: Fault, every: int) -> None:
    start = World()
    asked = Asked(select=("src_a",), records=8)
    before, smooth = start.snapshot(), copy.deepcopy(start)
    wanted = trying(smooth, asked)
    number = 0
    while True:
        world = copy.deepcopy(start)
        world.line = Line(at=number, fault=fault, last=fault is kill)
        with contextlib.suppress(Killed, BluegreenError):
            trying(world, asked)
        if not world.line.hit:
            break
        where = f"{number}: {world.line.calls[number]}"
        world.line = None
        assert trying(world, asked) == wanted, where
        assert world.snapshot() == before, where
        number += every
    assert number > 15


def test_a_run_that_was_killed_is_removed_without_running_it_again() -> None:
    start = World()
    before = start.snapshot()
    for number in range(0, 60, 6):
        world = copy.deepcopy(start)
        world.line = Line(at=number, fault=kill, last=True)
        with pytest.raises(Killed):
            trying(world)
        world.line = None
        remove(world.platform, name_in(world), world.story)
        assert world.snapshot() == before, number
        assert remove(world.platform, name_in(world), world.story) == 0


def test_a_run_that_is_kept_is_removed_by_the_next() -> None:
    world = World()
    before = world.snapshot()
    kept = trying(world, keep=True)
    assert {name for name in world.cluster.topics.names() if name.startswith(kept.name)}
    assert [one.checks for one in trying(world).tables] == [one.checks for one in kept.tables]
    assert world.snapshot() == before


def test_a_statement_that_flink_refuses_is_named_and_nothing_is_left() -> None:
    world = World()
    before = world.snapshot()
    world.cluster.gateway.rejections["_g_int_3"] = "no such column"
    with pytest.raises(StatementError, match="no such column"):
        trying(world)
    assert world.snapshot() == before


def test_a_statement_that_fails_on_the_records_is_named() -> None:
    world = World()
    before = world.snapshot()
    run, failed = world.cluster.run, []

    def failing(rounds: int = 1) -> None:
        for job in world.cluster.jobs.jobs():
            if ".g.dml.int_3" in job.name and not failed:
                failed.append(job.job_id)
                world.cluster.jobs.fail(job.job_id, "division by zero")
        run(rounds)

    world.cluster.clock.on_sleep(failing, first=True)
    with pytest.raises(StatementError, match="failed on synthetic records: division by zero"):
        trying(world)
    assert world.snapshot() == before


def test_a_test_that_does_not_end_is_given_up() -> None:
    world = World()
    before = world.snapshot()

    def hold() -> None:
        for job in world.cluster.jobs.all.values():
            job.held = True

    world.cluster.clock.on_sleep(hold, first=True)
    with pytest.raises(ReadinessError, match="of 9 statements done after 5 s"):
        trying(world, timeout_s=5.0)
    assert world.snapshot() == before


@pytest.mark.parametrize("end", [KeyboardInterrupt(), SystemExit(1), ValueError("a bug")])
def test_nothing_is_left_whatever_ends_a_run(end: BaseException) -> None:
    world = World()
    before = world.snapshot()

    def ending() -> None:
        raise end

    world.cluster.clock.on_sleep(ending, first=True)
    with pytest.raises(type(end)):
        trying(world)
    assert world.snapshot() == before


@pytest.mark.parametrize("started", [False, True])
def test_a_run_that_a_later_one_removed_leaves_that_alone(started: bool) -> None:
    """Both have the same names: the earlier one must not take the later one's topics and jobs with it."""
    world = World()
    trial = prepare(world.platform, world.plan(), world.profile, Asked(select=("src_a",), records=8))
    later: list[Progress] = []

    def begun_again() -> None:
        if not later:
            later.append(begin(world.platform, trial, world.story))
            if started:
                later.append(advance(world.platform, trial, later[0], world.story))

    world.cluster.clock.on_sleep(begun_again, first=True)
    with pytest.raises(OvertakenError, match="a later run of the same test"):
        trying(world, Asked(select=("src_a",), records=8))
    progress = advance(world.platform, trial, later[-1], world.story)
    world.cluster.run()
    assert is_over(trial, advance(world.platform, trial, progress, world.story))


def test_a_run_starts_nothing_beside_a_later_one() -> None:
    world = World()
    trial = prepare(world.platform, world.plan(), world.profile, Asked(select=("src_a",), records=8))
    earlier = begin(world.platform, trial, world.story)
    world.cluster.clock.advance(1)
    later = begin(world.platform, trial, world.story)
    advance(world.platform, trial, later, world.story)
    with pytest.raises(OvertakenError, match="belongs to a later run of the same test"):
        advance(world.platform, trial, earlier, world.story)


def test_tables_are_chosen_by_selectors() -> None:
    result = trying(World(), Asked(select=("kind:fact", "src_a"), records=12))
    assert {one.table for one in result.tables} == {"src_a", "fact_1", "fact_2", "fact_3"}
    same = table_of(result, "fact_1")
    assert same.blue is None
    assert same.green.endswith("_c_fact_1")


def test_selectors_and_numbers_stand_in_the_configuration() -> None:
    files = v1_0_1()
    files["bluegreen.yaml"] += (
        "integration_test: {records: 10, seed: 7, select: [int_3], sources: {raw_a: {records: 30}}}\n"
    )
    result = trying(World(release=files), Asked())
    assert [one.table for one in result.tables] == ["int_3"]
    assert result.seed == 7
    assert {one.source: sum(one.records.values()) for one in result.sources} == {
        "raw_a": 30,
        "raw_b": 10,
        "raw_c": 10,
    }


def test_another_seed_has_other_names() -> None:
    world = World()
    assert name_in(world) != name_in(world, Asked(seed=2))


def test_a_projects_own_samples_are_sent_instead() -> None:
    files = v1_0_1()
    files["bluegreen.yaml"] += "integration_test: {sources: {raw_a: {file: samples/raw_a.jsonl}}}\n"
    files["samples/raw_a.jsonl"] = '{"id": "a1", "amount": 3, "op": "c"}\n{"id": "a2", "amount": 4}\n'
    result = trying(World(release=files), Asked(select=("src_a",)))
    assert result.sources[0].records == {"insert": 2}
    assert check_of(result, "src_a", "source records").green == "2 of 2"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("sources: {raw_a: {file: samples/none.jsonl}}", "no sample records in samples/none.jsonl"),
        ("sources: {raw_q: {records: 3}}", "names raw_q, which is no source"),
        ("sources: {raw_a: {key: [number]}}", "names column number, which raw_a has not"),
        ("select: [nothing_*]", "select: nothing_\\* names no table of the project"),
    ],
)
def test_what_the_configuration_gets_wrong_is_said(section: str, message: str) -> None:
    files = v1_0_1()
    files["bluegreen.yaml"] += f"integration_test: {{{section}}}\n"
    world = World(release=files)
    before = world.snapshot()
    with pytest.raises(ConfigurationError, match=message):
        trying(world, Asked())
    assert world.snapshot() == before


def test_a_release_without_tables_has_nothing_to_test() -> None:
    with pytest.raises(RefusedError, match="brings up no table"):
        trying(World(release=v1_0_0()), Asked())


def test_an_environment_whose_topics_are_not_ours_is_refused() -> None:
    world = World()
    confluent = Profile(name="local", dialect="confluent")
    with pytest.raises(ConfigurationError, match="dialect confluent"):
        integration_test(world.platform, world.plan(), confluent, INT_3, world.story)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("'connector' = 'jdbc'", "connector jdbc, which is not the test's own"),
        (
            "'connector' = 'kafka', 'topic' = 'raw_a', 'value.new.subject' = 'raw_a-value'",
            "subject raw_a-value in the registry",
        ),
    ],
)
def test_what_is_outside_is_not_tested(options: str, message: str) -> None:
    files = v1_0_1()
    path = next(path for path in files if path.endswith("ddl.raw_a.sql"))
    files[path] = f"CREATE TABLE raw_a (id STRING, amount INT, op STRING) WITH ({options});\n"
    world = World(release=files)
    before = world.snapshot()
    with pytest.raises(ConfigurationError, match=message):
        trying(world)
    assert world.snapshot() == before


def test_a_job_that_is_there_already_is_not_started_again() -> None:
    """A look that broke off may have started it; a second one would write its rows again."""
    world = World()
    trial = prepare(world.platform, world.plan(), world.profile, Asked(select=("src_a",), records=8))
    progress = begin(world.platform, trial, world.story)
    started = advance(world.platform, trial, progress, world.story)
    world.cluster.run()
    again = advance(world.platform, trial, progress, world.story)
    assert again.jobs == started.jobs
    assert len([job for job in world.cluster.jobs.all.values() if job.name.startswith(trial.name)]) == 2
    assert is_over(trial, advance(world.platform, trial, again, world.story))


def test_a_job_of_a_run_that_was_removed_in_the_same_moment_is_started_again() -> None:
    world = World()
    trial = prepare(world.platform, world.plan(), world.profile, Asked(select=("src_a",), records=8))
    progress = begin(world.platform, trial, world.story)
    advance(world.platform, trial, progress, world.story)
    assert begin(world.platform, trial, world.story) == progress
    again = advance(world.platform, trial, progress, world.story)
    world.cluster.run()
    assert is_over(trial, advance(world.platform, trial, again, world.story))


def test_what_other_tables_say_of_a_source_counts_too() -> None:
    """Joins and keys are read from all that reads the same, tested or not."""
    world = World()
    alone, all_of_it = (
        prepare(world.platform, world.plan(), world.profile, Asked(select=select))
        for select in (("src_a",), ("kind:fact", "src_a"))
    )
    known = {one.source: one.key for one in all_of_it.traits}
    assert {one.source: one.key for one in alone.traits} == {"raw_a": known["raw_a"]}
    assert ("int_3", "id") in alone.usage.origin
