"""Every start, on fakes that move on while an action waits."""

from contextlib import suppress
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.preflight import look_ahead
from airflow_bluegreen.actions.preflight.starts import STARTS
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.actions.starting import Starts
from airflow_bluegreen.actions.starting.beginning import START_ACT, replay_topic
from airflow_bluegreen.core.model import Finding, JobState, Severity, Start
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConflictError,
    OutcomeUnknownError,
    StartRefusedError,
    StatementError,
)
from tests.actions.faults import Killed, Line, kill, lose_answer
from tests.actions.starting.small import EV, files
from tests.actions.starting.world import SmallWorld

FILTERED = f"{EV} WHERE v >= 0"
RECAST = "SELECT k, COUNT(*) AS n, SUM(v) AS total FROM came AS r GROUP BY k"


def small(start: str, *, otherwise: str = "refuse") -> SmallWorld:
    """ev and agg changed; both are to start so."""
    settings = f"{{default: {start}, otherwise: {otherwise}}}"
    return SmallWorld(files(settings, ev=FILTERED, more="1 mb"))


def test_carried_over_rows_are_blues_and_go_on_without_gap_or_duplicate() -> None:
    world = small("carry_over")
    (job,) = world.begin("ev")
    world.settle()
    assert job.state is JobState.RUNNING
    assert world.ids("ev_v2") == world.ids("ev") == list(range(1, world.number + 1))
    assert replay_topic("ev_v2") not in world.cluster.topics.names()
    world.await_ready("ev")
    world.settle()
    assert world.ids("ev_v2") == list(range(1, world.number + 1))


def test_green_reads_nothing_of_what_was_copied() -> None:
    world = small("carry_over")
    world.begin("ev")
    (green,) = world.cluster.jobs.named("dml.ev_v2")
    copied = next(line for line in world.story.lines if line.startswith("copying"))
    assert not copied.startswith("copying 0 ")
    world.settle()
    submitted = [call for call in world.cluster.gateway.wire.called("submit") if call[2] == green.name]
    assert "scan.startup.specific-offsets" in str(submitted[0][0])


def test_a_seeded_table_starts_from_a_savepoint_over_blues_rows() -> None:
    world = small("seed")
    world.begin("agg")
    (green,) = world.cluster.jobs.named("dml.agg_v2")
    assert green.restore_path in world.cluster.jobs.savepoints
    world.settle()
    last = {one.key: one.value for one in world.cluster.topics.records("agg")}
    assert {one.key: one.value for one in world.cluster.topics.records("agg_v2")} == last
    (blue,) = world.cluster.jobs.named("dml.agg")
    assert blue.state is JobState.RUNNING


def test_a_seeded_job_that_did_not_begin_with_the_state_is_cancelled() -> None:
    world = small("seed")
    cluster = world.cluster

    def forget() -> None:
        for job in cluster.jobs.named("dml.agg_v2"):
            job.restore_path = None

    cluster.clock.on_sleep(forget)
    with pytest.raises(StartRefusedError, match="began with no state, not with file:///savepoints"):
        world.begin("agg")
    assert cluster.jobs.named("dml.agg_v2") == []


def test_at_the_end_of_the_inputs_there_is_no_history() -> None:
    world = small("latest")
    before = world.number
    world.begin("ev")
    world.await_ready("ev")
    world.settle()
    assert world.ids("ev_v2") == list(range(before + 1, world.number + 1))


def test_a_second_try_starts_at_the_same_end() -> None:
    world = small("latest")
    before = world.number
    world.cluster.gateway.fail_next("submit", StatementError("no"))
    with pytest.raises(StatementError):
        world.begin("ev")
    world.produce(10)
    world.begin("ev")
    world.settle()
    assert world.ids("ev_v2") == list(range(before + 1, world.number + 1))


def test_readiness_does_not_ask_for_what_is_before_the_start() -> None:
    world = small("latest")
    world.calm()
    world.begin("ev")
    (green,) = world.cluster.jobs.named("dml.ev_v2")
    green.held = green.checkpoints_held = True
    green.positions.clear()
    world.cluster.clock.on_sleep(lambda: setattr(green, "checkpoint_at", world.cluster.clock.now_ms()))
    world.await_ready("ev")
    assert "ev has caught up" in world.story.text


@pytest.mark.parametrize(
    ("start", "table", "reason"),
    [("carry_over", "agg", "no append-only table"), ("seed", "ev", "one row a key")],
)
def test_what_cannot_be_had_starts_nothing(start: str, table: str, reason: str) -> None:
    world = small(start)
    with pytest.raises(StartRefusedError, match=f"{table} cannot start with {start}: .*{reason}"):
        world.begin(table)
    assert world.cluster.jobs.named(f"dml.{table}_v2") == []


@pytest.mark.parametrize(("start", "table"), [("carry_over", "agg"), ("seed", "ev")])
def test_it_is_rebuilt_instead_where_the_project_says_so(start: str, table: str) -> None:
    world = small(start, otherwise="rebuild")
    world.begin(table)
    (green,) = world.cluster.jobs.named(f"dml.{table}_v2")
    world.settle()
    assert len(world.cluster.topics.records(f"{table}_v2")) == world.number
    assert green.restore_path is None


def test_automatic_takes_what_gives_the_same_data() -> None:
    world = SmallWorld(files("auto", ev=EV.replace("SELECT", "SELECT ALL"), more="1 mb"))
    found = {
        one.table: one
        for one in Starts(platform=world.platform, plan=world.plan(), profile=world.profile).decisions()
    }
    assert found["agg"].start is Start.SEED


def test_blue_that_is_not_what_git_holds_is_nothing_to_go_on_from() -> None:
    world = small("seed")
    (blue,) = world.cluster.jobs.named("dml.agg")
    assert blue.identity is not None
    blue.identity = replace(blue.identity, fingerprint="another")
    with pytest.raises(StartRefusedError, match="does not say that it runs what git at the base holds"):
        world.begin("agg")
    blue.identity = None
    with pytest.raises(StartRefusedError, match="does not say"):
        world.begin("agg")
    blue.state = JobState.RESTARTING
    with pytest.raises(StartRefusedError, match="1 jobs fill agg, one that runs is needed"):
        world.begin("agg")


def test_rows_that_cannot_be_told_apart_are_refused_after_some_tries() -> None:
    world = small("carry_over")
    world.cluster.gateway.transforms["ev"] = lambda topic, record: [(None, b"always the same")]
    (blue,) = world.cluster.jobs.named("dml.ev")
    blue.transform = world.cluster.gateway.transforms["ev"]
    world.cluster.gateway.transforms[replay_topic("ev_v2")] = blue.transform
    with pytest.raises(StartRefusedError, match="no cut through the rows of ev can be proven: the same row"):
        world.begin("ev")
    assert world.story.text.count("no cut through ev at try") == 5
    assert world.cluster.jobs.named("dml.ev_v2") == []


def test_a_restart_of_blue_is_no_moment_to_cut_at() -> None:
    world = small("carry_over")
    (blue,) = world.cluster.jobs.named("dml.ev")
    world.cluster.clock.on_sleep(lambda: setattr(blue, "restarts", blue.restarts + 1))
    with pytest.raises(StartRefusedError, match="blue was restarted meanwhile"):
        world.begin("ev")


def test_a_blue_that_does_not_commit_is_waited_for_and_refused() -> None:
    world = small("carry_over")
    world.calm()
    (blue,) = world.cluster.jobs.named("dml.ev")
    blue.group = ""
    with pytest.raises(StartRefusedError, match="did not commit its offsets within 900 s"):
        world.begin("ev")


def test_an_open_transaction_in_an_input_is_no_moment_to_cut_at() -> None:
    world = small("carry_over")
    world.cluster.topics.mark("raw")
    world.calm()
    with pytest.raises(StartRefusedError, match="a transaction is open in raw"):
        world.begin("ev")


def test_a_copy_that_fails_is_told_and_done_again() -> None:
    world = small("carry_over")
    cluster = world.cluster

    broken: list[bool] = []

    def break_copy() -> None:
        for job in () if broken else cluster.jobs.named("copy.ev.ev_v2"):
            cluster.jobs.fail(job.job_id, "disk full")

    cluster.clock.on_sleep(break_copy, first=True)
    with pytest.raises(StatementError, match=r"\(copy of ev\) failed: disk full"):
        world.begin("ev")
    broken.append(True)
    world.begin("ev")
    world.settle()
    assert world.ids("ev_v2") == list(range(1, world.number + 1))


def test_rows_of_an_earlier_green_job_are_removed_unless_somebody_has_read_them() -> None:
    world = small("carry_over")
    (job,) = world.begin("ev")
    world.settle()
    world.cluster.jobs.cancel(job.job_id)
    world.produce(4)
    world.begin("ev")
    world.settle()
    assert world.ids("ev_v2") == list(range(1, world.number + 1))
    assert "topic ev_v2 emptied" in world.story.text


def test_a_copy_with_another_number_of_rows_is_refused() -> None:
    world = small("carry_over")
    topics = world.cluster.topics

    def double() -> None:
        if "ev_v2" in topics.names() and not topics.records("ev_v2"):
            topics.produce("ev_v2", None, b'{"id": 0}')

    world.cluster.clock.on_sleep(double, first=True)
    with pytest.raises(ConflictError, match="rows after the copy of"):
        world.begin("ev")


@pytest.mark.parametrize(("start", "table"), [("carry_over", "ev"), ("seed", "agg"), ("latest", "ev")])
@pytest.mark.parametrize("fault", [kill, lose_answer])
def test_broken_off_at_any_write_it_goes_on(start: str, table: str, fault: object) -> None:
    position = 0
    while True:
        world = small(start)
        first = world.number
        world.line = Line(at=position, fault=fault)  # type: ignore[arg-type]
        with suppress(Killed, BluegreenError):
            world.begin(table)
        hit, world.line = world.line.hit, None
        for _ in range(3):
            with suppress(OutcomeUnknownError):
                world.begin(table)
                break
        world.settle()
        assert len(world.cluster.jobs.named(f"dml.{table}_v2")) == 1
        if table == "ev":
            ids = world.ids("ev_v2")
            assert ids == list(range(ids[0], world.number + 1))
            assert ids[0] == (1 if start == "carry_over" else ids[0])
            assert ids[0] <= first + 30
        if not hit:
            break
        position += 1
    assert position >= 5


def test_a_rollback_leaves_nothing_of_it() -> None:
    for start, table in (("seed", "agg"), ("carry_over", "ev")):
        world = small(start)
        before = (world.cluster.topics.names(), dict(world.cluster.jobs.savepoints))
        world.begin(table)
        world.cluster.topics.ensure(replay_topic(f"{table}_v2"))
        roll_back(world.platform, "v2", world.profile, world.story)
        assert (world.cluster.topics.names(), dict(world.cluster.jobs.savepoints)) == before


def test_tables_that_start_side_by_side_wait_for_one_another_at_the_ledger() -> None:
    world = small("latest")
    platform, plan = world.platform, world.plan()
    open_release(platform, plan, world.story)
    provision(platform, plan, "ev", world.profile, world.story)
    world.cluster.releases.fail_next("save", ConflictError("another run took over the ledger"), times=3)
    deploy(platform, plan, "ev", world.profile, world.story)
    assert len(world.cluster.jobs.named("dml.ev_v2")) == 1
    (record,) = [one for one in platform.releases.records() if one.release == "v2"]
    assert [marker.act for marker in record.markers] == [START_ACT]


def test_a_release_that_was_taken_back_during_the_copy_does_not_come_up() -> None:
    world = small("carry_over")
    done: list[bool] = []

    def take_back() -> None:
        if world.cluster.jobs.named("copy.ev.ev_v2") and not done:
            done.append(True)
            roll_back(world.platform, "v2", world.profile, world.story)

    world.cluster.clock.on_sleep(take_back, first=True)
    with pytest.raises(BluegreenError):
        world.begin("ev")
    assert done
    assert world.cluster.jobs.named("dml.ev_v2") == []


def test_the_preflight_finds_what_cannot_be_had_before_anything_is_created() -> None:
    refused = look_ahead_at(small("seed"))
    assert [(one.table, one.severity) for one in refused] == [("ev", Severity.FINDING)]
    assert "one row a key" in refused[0].what
    replaced = look_ahead_at(small("seed", otherwise="rebuild"))
    assert [(one.table, one.severity) for one in replaced] == [("ev", Severity.WARNING)]
    assert "ev is rebuilt: not seed" in replaced[0].what
    assert look_ahead_at(small("auto")) == []
    rejected = small("seed")
    rejected.cluster.gateway.rejections["ev_v2"] = "no"
    assert look_ahead_at(rejected) == [], "what Flink rejects is told as that"


def look_ahead_at(world: SmallWorld) -> list[Finding]:
    found = look_ahead(world.platform, world.plan(), world.profile)
    return [one for one in found if one.look == STARTS]
