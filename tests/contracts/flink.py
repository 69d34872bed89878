"""The SQL gateway and the jobs it starts, which only make sense together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from airflow_bluegreen.core.flink_plan import EXPLAINED, parallelism
from airflow_bluegreen.core.model import JobIdentity, JobProgress, JobState, Submission
from airflow_bluegreen.core.starting.flink_plan import difference, scanned_twice
from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.ports import Jobs, SqlGateway

UNKNOWN = "f" * 32


@dataclass(frozen=True, kw_only=True)
class FlinkWorld:
    """``source`` and ``target`` are tables whose topics exist; the source's topic has a dot in its name and
    holds five records. ``catalog`` declares both; ``sql`` copies one into the other.

    ``connection`` are the options by which a table reaches Kafka, a comma behind each.
    ``written`` counts the records in the target's topic.

    ``until`` looks until what it is given returns true, letting time pass; ``spoil`` makes a job fail.
    """

    gateway: SqlGateway
    jobs: Jobs
    source: str
    target: str
    source_topic: str
    catalog: tuple[str, ...]
    name: str
    until: Callable[[Callable[[], bool]], None]
    written: Callable[[], int]
    spoil: Callable[[str], None]
    connection: str = ""

    @property
    def sql(self) -> str:
        return f"INSERT INTO `{self.target}` SELECT * FROM `{self.source}`"

    @property
    def identity(self) -> JobIdentity:
        return JobIdentity(
            environment="local",
            release=self.name,  # no test takes the id of another one's job
            statement=f"dml.{self.target}",
            table=self.target,
            fingerprint="0123abcd",
        )

    def submitted(self, restore_path: str | None = None, *, number: int = 0) -> Submission:
        return self.gateway.submit(
            self.catalog,
            self.sql,
            job_name=self.name,
            identity=self.identity,
            number=number,
            restore_path=restore_path,
        )

    def submit(self, restore_path: str | None = None, *, number: int = 0) -> str:
        return self.submitted(restore_path, number=number).job_id

    def running(self, restore_path: str | None = None, *, number: int = 0) -> str:
        """A job that has read everything and completed a checkpoint."""
        job_id = self.submit(restore_path, number=number)
        self.until(lambda: self.jobs.progress(job_id).checkpoint_at is not None)
        return job_id


class FlinkContract:
    @pytest.fixture
    def world(self) -> FlinkWorld:
        raise NotImplementedError

    def test_explains_without_starting_anything(self, world: FlinkWorld) -> None:
        assert world.target in world.gateway.explain(world.catalog, world.sql)
        assert [job for job in world.jobs.jobs() if job.name == world.name] == []

    def test_explains_how_wide_a_statement_runs(self, world: FlinkWorld) -> None:
        assert parallelism(world.gateway.explain(world.catalog, world.sql, details=EXPLAINED)) == 1

    def test_refuses_a_statement_that_reads_an_unknown_table(self, world: FlinkWorld) -> None:
        sql = f"INSERT INTO `{world.target}` SELECT * FROM no_such_table"
        with pytest.raises(StatementError, match="'no_such_table' not found"):
            world.gateway.explain(world.catalog, sql)
        with pytest.raises(StatementError, match="'no_such_table' not found"):
            world.gateway.submit(world.catalog, sql, job_name=world.name, identity=world.identity)
        assert [job for job in world.jobs.jobs() if job.name == world.name] == []

    def test_each_call_begins_with_an_empty_catalog(self, world: FlinkWorld) -> None:
        world.gateway.explain(world.catalog, world.sql)
        with pytest.raises(StatementError, match="not found"):
            world.gateway.explain((), world.sql)

    def test_a_query_reads_up_to_an_offset_and_leaves_nothing(self, world: FlinkWorld) -> None:
        bounded = (
            "CREATE TABLE records (`the key` STRING, `the value` STRING, `the offset` BIGINT METADATA "
            f"FROM 'offset' VIRTUAL) WITH ('connector' = 'kafka', "
            f"'topic' = '{world.source_topic}', {world.connection}"
            "'key.format' = 'raw', 'key.fields' = 'the key', 'value.format' = 'raw', "
            "'value.fields-include' = 'EXCEPT_KEY', 'scan.startup.mode' = 'earliest-offset', "
            "'scan.bounded.mode' = 'specific-offsets', "
            "'scan.bounded.specific-offsets' = 'partition:0,offset:3')"
        )
        sql = "SELECT `the offset`, CHAR_LENGTH(`the value`) > 0, CAST(NULL AS STRING) FROM records"
        rows = world.gateway.query((bounded,), sql, job_name=world.name)
        assert sorted(rows) == [(0, True, None), (1, True, None), (2, True, None)]
        assert [job for job in world.jobs.jobs() if job.name == world.name] == []
        with pytest.raises(StatementError, match="'records' not found"):
            world.gateway.query((), sql, job_name=world.name)

    def test_a_submitted_job_is_known_by_its_identity(self, world: FlinkWorld) -> None:
        job_id = world.submit()
        found = {job.job_id: job for job in world.jobs.jobs()}[job_id]
        assert (found.name, found.identity) == (world.name, world.identity)
        assert world.jobs.job(job_id) is not None

    @pytest.mark.parametrize(
        "odd", ["a:b, c: d", "it's", 'say "hi"', "{x: 1}", "ünïcode", "feature/orders#12"]
    )
    def test_an_identity_may_hold_any_text(self, world: FlinkWorld, odd: str) -> None:
        identity = JobIdentity(
            environment=odd, release=f"{odd} {world.name}", statement=odd, table=odd, fingerprint=odd
        )
        submission = world.gateway.submit(world.catalog, world.sql, job_name=world.name, identity=identity)
        found = world.jobs.job(submission.job_id)
        assert found is not None
        assert found.identity == identity

    def test_a_job_has_the_id_that_its_identity_and_number_give(self, world: FlinkWorld) -> None:
        assert world.submit() == world.gateway.job_key(world.identity)
        assert world.submit(number=1) == world.gateway.job_key(world.identity, 1)
        assert len([job for job in world.jobs.jobs() if job.name == world.name]) == 2

    def test_submitting_twice_starts_one_job(self, world: FlinkWorld) -> None:
        first, second = world.submitted(), world.submitted()
        assert first.job_id == second.job_id
        assert (first.fresh, second.fresh) == (True, False)
        assert len([job for job in world.jobs.jobs() if job.name == world.name]) == 1

    def test_submitting_at_the_same_time_starts_one_job(self, world: FlinkWorld) -> None:
        with ThreadPoolExecutor(3) as threads:
            ids = {done.result() for done in [threads.submit(world.submit) for _ in range(3)]}
        assert [job.job_id for job in world.jobs.jobs() if job.name == world.name] == list(ids)

    def test_a_job_that_has_ended_is_not_started_again(self, world: FlinkWorld) -> None:
        job_id = world.running()
        world.jobs.cancel(job_id)
        assert world.submitted() == Submission(job_id=job_id, fresh=False)
        assert job_id in world.jobs.known()
        found = world.jobs.job(job_id)
        assert found is not None
        assert found.state is JobState.ENDED
        assert [job for job in world.jobs.jobs() if job.name == world.name] == []

    def test_the_operators_loads_are_shares(self, world: FlinkWorld) -> None:
        job_id = world.running()
        world.until(lambda: world.jobs.loads(job_id) != ())
        for load in world.jobs.loads(job_id):
            assert load.name
            assert 0 <= load.busy <= 1
            assert 0 <= load.back_pressured <= 1
        assert world.jobs.loads(UNKNOWN) == ()

    def test_progress_tells_how_checkpoints_go(self, world: FlinkWorld) -> None:
        job_id = world.running()
        progress = world.jobs.progress(job_id)
        assert progress.checkpoints.enabled
        assert progress.checkpoints.completed
        assert progress.unplaced == 0
        # A checkpoint that is due before every task runs counts as failed; now all run.
        first, failed = progress.checkpoint_at or 0, progress.checkpoints.failed
        world.until(lambda: (world.jobs.progress(job_id).checkpoint_at or 0) > first)
        assert world.jobs.progress(job_id).checkpoints.failed == failed

    def test_a_job_that_was_looked_at_early_is_known_as_soon_as_it_runs(self, world: FlinkWorld) -> None:
        job_id = world.submit()

        def runs() -> bool:
            job = world.jobs.job(job_id)
            return job is not None and job.state is JobState.RUNNING

        world.until(runs)
        assert [job.identity for job in world.jobs.jobs() if job.job_id == job_id] == [world.identity]

    def test_progress_is_the_next_offset_to_read(self, world: FlinkWorld) -> None:
        job_id = world.submit()
        expected = {(world.source_topic, 0): 5}
        world.until(lambda: world.jobs.progress(job_id).positions == expected)
        world.until(lambda: world.jobs.progress(job_id).state is JobState.RUNNING)

    def test_progress_tells_checkpoint_and_state(self, world: FlinkWorld) -> None:
        progress = world.jobs.progress(world.running())
        assert progress.state is JobState.RUNNING
        assert progress.checkpoint_at is not None
        assert progress.checkpoint_at > 1_500_000_000_000
        assert progress.state_bytes is not None
        assert (progress.restarts, progress.failure, progress.watermark) == (0, None, None)

    def test_a_job_that_fails_tells_why(self, world: FlinkWorld) -> None:
        job_id = world.running()
        world.spoil(job_id)

        def failed() -> bool:
            return world.jobs.progress(job_id).failure is not None

        world.until(failed)
        progress: JobProgress = world.jobs.progress(job_id)
        assert progress.restarts > 0
        assert progress.failure
        assert "\n" not in progress.failure

    def test_health_is_told_without_the_workers(self, world: FlinkWorld) -> None:
        job_id = world.running()
        healthy = world.jobs.health(job_id)
        assert (healthy.restarts, healthy.failure, healthy.checkpointed) == (0, None, True)
        with pytest.raises(StatementError):
            world.jobs.health(UNKNOWN)
        world.spoil(job_id)
        world.until(lambda: world.jobs.health(job_id).failure is not None)
        assert world.jobs.health(job_id).restarts > 0

    def test_a_running_job_takes_slots(self, world: FlinkWorld) -> None:
        before = world.jobs.free_slots()
        job_id = world.submit()
        world.until(lambda: world.jobs.free_slots() < before)
        assert job_id in {job.job_id for job in world.jobs.jobs()}

    def test_capacity_is_what_is_there_and_what_is_free_of_it(self, world: FlinkWorld) -> None:
        before = world.jobs.capacity()
        assert (before.unit, before.free) == ("task slots", world.jobs.free_slots())
        assert before.parallelism == 1
        world.running()
        after = world.jobs.capacity()
        assert after.total == before.total
        assert after.free < before.free

    def test_capacity_tells_the_memory_of_the_workers(self, world: FlinkWorld) -> None:
        world.running()
        world.until(lambda: len(world.jobs.capacity().memory) >= 3)
        found = world.jobs.capacity()
        # metaspace is there where it was given a limit
        assert {one.kind for one in found.memory} >= {"heap", "managed", "network"}
        assert all(0 <= one.used <= one.limit for one in found.memory)
        assert all(one.limit > 0 for one in found.memory)
        assert found.state_on_heap

    def test_stopped_with_a_savepoint_it_has_ended(self, world: FlinkWorld) -> None:
        job_id = world.running()
        path = world.jobs.stop_with_savepoint(job_id)
        assert "savepoint" in path
        stopped = world.jobs.job(job_id)
        assert stopped is not None
        assert (stopped.state, stopped.status) == (JobState.ENDED, "FINISHED")
        assert job_id not in {job.job_id for job in world.jobs.jobs()}

    def test_stopping_again_gives_the_same_savepoint(self, world: FlinkWorld) -> None:
        job_id = world.running()
        assert world.jobs.stop_with_savepoint(job_id) == world.jobs.stop_with_savepoint(job_id)

    def test_a_job_starts_from_a_savepoint(self, world: FlinkWorld) -> None:
        path = world.jobs.stop_with_savepoint(world.running())
        restored = world.running(path, number=1)
        assert world.jobs.progress(restored).state is JobState.RUNNING

    def test_a_savepoint_is_taken_while_the_job_runs_on(self, world: FlinkWorld) -> None:
        job_id = world.running()
        path = world.jobs.take_savepoint(job_id)
        running = world.jobs.job(job_id)
        assert running is not None
        assert running.state is JobState.RUNNING
        restored = world.running(path, number=1)
        assert world.jobs.progress(restored).restored_from == path
        assert world.jobs.progress(job_id).restored_from is None

    def test_what_a_job_takes(self, world: FlinkWorld) -> None:
        job_id = world.running()
        weight = world.jobs.weight(job_id)
        assert weight.slots == 1
        assert (weight.state_bytes or 0) > 0
        assert world.jobs.read_capacity(job_id) is None, "it reads nothing now"
        for ask in (world.jobs.weight, world.jobs.read_capacity, world.jobs.take_savepoint):
            with pytest.raises(StatementError):
                ask(UNKNOWN)

    def test_a_bounded_job_reads_what_lies_between_and_ends(self, world: FlinkWorld) -> None:
        scan = (
            f"ALTER TABLE `{world.source}` SET ('scan.bounded.mode' = 'specific-offsets',"
            " 'scan.bounded.specific-offsets' = 'partition:0,offset:3')"
        )
        catalog = (*world.catalog, scan, "SET 'restart-strategy.type' = 'none'")
        submission = world.gateway.submit(catalog, world.sql, job_name=world.name, identity=world.identity)
        job_id = submission.job_id

        def ended() -> bool:
            found = world.jobs.job(job_id)
            return found is not None and found.status == "FINISHED"

        world.until(ended)
        assert job_id not in {job.job_id for job in world.jobs.jobs()}
        assert world.written() == 3

    def test_flinks_plan_tells_operators_and_kinds_of_changes(self, world: FlinkWorld) -> None:
        told = world.gateway.explain(world.catalog, world.sql, details=("CHANGELOG_MODE",))
        assert "== Optimized Physical Plan ==" in told
        assert "changelogMode=[" in told
        assert scanned_twice(told) is None
        assert difference(told, told) is None

    def test_a_savepoint_that_is_not_there_is_refused(self, world: FlinkWorld) -> None:
        with pytest.raises(StatementError, match="Cannot find checkpoint or savepoint"):
            world.submit("file:///no/such/savepoint")
        assert [job for job in world.jobs.jobs() if job.name == world.name] == []

    def test_an_ended_job_says_where_it_can_be_restored_from(self, world: FlinkWorld) -> None:
        job_id = world.running()
        assert world.jobs.restore_path(world.identity) is None
        path = world.jobs.stop_with_savepoint(job_id)
        assert world.jobs.restore_path(replace(world.identity, release="v0")) == path
        assert world.jobs.restore_path(replace(world.identity, fingerprint="other")) is None

    def test_a_savepoint_is_deleted_and_can_be_deleted_again(self, world: FlinkWorld) -> None:
        path = world.jobs.stop_with_savepoint(world.running())
        world.jobs.dispose_savepoint(path)
        with pytest.raises(StatementError, match="Cannot find checkpoint or savepoint"):
            world.submit(path, number=1)
        world.jobs.dispose_savepoint(path)

    def test_cancelled_it_has_ended_and_cancelling_again_is_fine(self, world: FlinkWorld) -> None:
        job_id = world.running()
        world.jobs.cancel(job_id)
        found = world.jobs.job(job_id)
        assert found is not None
        assert found.state is JobState.ENDED
        world.jobs.cancel(job_id)

    def test_a_cancelled_job_gives_no_savepoint(self, world: FlinkWorld) -> None:
        job_id = world.running()
        world.jobs.cancel(job_id)
        with pytest.raises(StatementError, match="CANCELED"):
            world.jobs.stop_with_savepoint(job_id)

    def test_an_unknown_job(self, world: FlinkWorld) -> None:
        assert world.jobs.job(UNKNOWN) is None
        world.jobs.cancel(UNKNOWN)
        with pytest.raises(StatementError):
            world.jobs.progress(UNKNOWN)
        with pytest.raises(StatementError):
            world.jobs.stop_with_savepoint(UNKNOWN)
