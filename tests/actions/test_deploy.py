from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.actions.deploy import deploy, submit
from airflow_bluegreen.actions.jobs import MOST_STARTS, sight
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.core.model import Checkpoints, Job, JobState, Phase, Submission
from airflow_bluegreen.exceptions import (
    ConflictError,
    OutcomeUnknownError,
    ReadinessError,
    RefusedError,
    StatementError,
)
from tests.actions.world import World
from tests.fakes.flink_gateway import FakeGateway
from tests.fakes.flink_rest import FakeJob


def provisioned() -> World:
    world = World()
    provision(world.platform, world.plan(), "int_3", world.profile, world.story)
    return world


def deployed(world: World) -> tuple[Job, ...]:
    return deploy(world.platform, world.plan(), "int_3", world.profile, world.story)


def test_a_job_carries_its_identity() -> None:
    world = provisioned()
    (job,) = deployed(world)
    assert job.state is JobState.RUNNING
    planned = world.plan().table("int_3")
    assert planned is not None
    assert job.identity is not None
    assert job.name == "dml.int_3_v2"
    assert (job.identity.environment, job.identity.release) == ("local", "v1.0.1")
    assert (job.identity.statement, job.identity.table) == ("dml.int_3", "int_3_v2")
    assert job.identity.fingerprint == planned.dml[0].fingerprint


def test_it_reads_green_where_there_is_one() -> None:
    world = provisioned()
    deployed(world)
    provision(world.platform, world.plan(), "fact_2", world.profile, world.story)
    deploy(world.platform, world.plan(), "fact_2", world.profile, world.story)
    assert set(world.job("dml.fact_2_v2").inputs) == {"int_2", "int_3_v2"}


def test_a_job_that_runs_already_is_adopted() -> None:
    world = provisioned()
    assert deployed(world)[0].job_id == deployed(world)[0].job_id
    assert len(world.cluster.gateway.wire.called("submit")) == 1


@pytest.mark.parametrize(("unchanged_ms", "waited_s"), [(1_000, 0.0), (400, 1.0), (None, 1.0)])
def test_a_job_has_started_when_it_has_run_for_a_second(unchanged_ms: int | None, waited_s: float) -> None:
    """By the server's clock where it tells since when; it may have restarted 400 ms ago."""
    world = provisioned()
    start = world.cluster.jobs.start

    def start_running(*arguments: Any, **options: Any) -> FakeJob:
        job = start(*arguments, **options)
        job.unchanged_ms = unchanged_ms
        if unchanged_ms is not None:
            world.cluster.clock.on_sleep(lambda: setattr(job, "unchanged_ms", (job.unchanged_ms or 0) + 500))
        return job

    world.cluster.jobs.start = start_running  # type: ignore[method-assign]
    before = world.cluster.clock.now()
    deployed(world)
    assert world.cluster.clock.now() - before == waited_s


def test_other_sql_under_the_same_identity_is_a_conflict_that_names_both() -> None:
    world = provisioned()
    deployed(world)
    job = world.job("dml.int_3_v2")
    assert job.identity is not None
    job.identity = replace(job.identity, fingerprint="0123456789abcdef", release="v1.0.1-rc")
    with pytest.raises(ConflictError, match=r"of v1\.0\.1-rc has other SQL \(0123456789ab\) than v1\.0\.1"):
        deployed(world)


def test_a_job_of_another_release_is_a_conflict() -> None:
    world = provisioned()
    deployed(world)
    job = world.job("dml.int_3_v2")
    assert job.identity is not None
    job.identity = replace(job.identity, release="v1.0.1-rc")
    with pytest.raises(ConflictError, match=r"belongs to release v1\.0\.1-rc"):
        deployed(world)


def test_a_lost_answer_is_looked_up_and_not_repeated() -> None:
    world = provisioned()
    world.cluster.gateway.fail_next("submit", OutcomeUnknownError("no answer"))
    (job,) = deployed(world)
    assert world.running()["dml.int_3_v2"] == [job.job_id]
    assert len(world.cluster.gateway.wire.called("submit")) == 1


def test_a_lost_answer_without_a_job_stays_unknown() -> None:
    world = provisioned()

    class Silent(FakeGateway):
        def submit(self, *_: object, **__: object) -> Submission:
            raise OutcomeUnknownError("no answer")

    platform = replace(world.platform, gateway=Silent(world.cluster.jobs))
    with pytest.raises(OutcomeUnknownError):
        deploy(platform, world.plan(), "int_3", world.profile, world.story)
    assert sum(world.cluster.clock.slept) <= 61


def test_a_submission_that_never_arrived_is_sent_again() -> None:
    world = provisioned()

    class Lossy(FakeGateway):
        lost = False

        def submit(self, *arguments: Any, **options: Any) -> Submission:
            if not self.lost:
                self.lost = True
                raise OutcomeUnknownError("no answer")
            return super().submit(*arguments, **options)

    platform = replace(world.platform, gateway=Lossy(world.cluster.jobs))
    (job,) = deploy(platform, world.plan(), "int_3", world.profile, world.story)
    assert world.running()["dml.int_3_v2"] == [job.job_id]


def test_an_answer_that_is_later_than_our_patience_is_the_same_job() -> None:
    """The first submission comes to life only after the second was sent."""
    world = provisioned()

    class Late(FakeGateway):
        sent = 0

        def submit(self, *arguments: Any, **options: Any) -> Submission:
            self.sent += 1
            if self.sent == 1:
                raise OutcomeUnknownError("no answer")
            assert super().submit(*arguments, **options).fresh
            return super().submit(*arguments, **options)

    platform = replace(world.platform, gateway=Late(world.cluster.jobs))
    (job,) = deploy(platform, world.plan(), "int_3", world.profile, world.story)
    assert world.running()["dml.int_3_v2"] == [job.job_id]


def test_a_job_that_is_initialising_and_says_nothing_of_itself_yet_is_adopted() -> None:
    world = provisioned()
    deployed(world)
    job = world.job("dml.int_3_v2")
    identity, job.identity = job.identity, None
    assert deployed(world)[0].job_id == job.job_id
    job.identity = identity
    assert len(world.cluster.gateway.wire.called("submit")) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_statement_whose_job_has_ended_is_started_anew(known: bool) -> None:
    """The cluster takes the id of a job once; it may have forgotten the job by then."""
    world = provisioned()
    (first,) = deployed(world)
    world.cluster.jobs.cancel(first.job_id)
    if not known:
        world.cluster.jobs.forget(first.job_id)
    (second,) = deployed(world)
    assert second.job_id != first.job_id
    assert world.running()["dml.int_3_v2"] == [second.job_id]


def test_a_job_that_came_and_ended_since_the_last_look_is_followed_by_another() -> None:
    world = provisioned()
    seen = sight(world.platform)
    (first,) = deployed(world)
    world.cluster.jobs.cancel(first.job_id)
    ((_, second),) = submit(world.platform, world.plan(), "int_3", world.profile, world.story, seen)
    assert second.job_id != first.job_id
    assert world.running()["dml.int_3_v2"] == [second.job_id]


def test_a_job_that_came_since_the_last_look_is_the_one() -> None:
    world = provisioned()
    seen = sight(world.platform)
    (first,) = deployed(world)
    ((_, second),) = submit(world.platform, world.plan(), "int_3", world.profile, world.story, seen)
    assert second.job_id == first.job_id


def test_a_statement_that_ends_again_and_again_is_given_up() -> None:
    world = provisioned()
    for _ in range(MOST_STARTS):
        world.cluster.jobs.cancel(deployed(world)[0].job_id)
    with pytest.raises(ConflictError, match=r"dml\.int_3_v2 was started 50 times"):
        deployed(world)


def test_a_server_that_gives_ids_of_its_own_keeps_the_oldest_job() -> None:
    world = provisioned()
    gateway = world.cluster.gateway
    gateway.takes_keys = False

    class Racing(FakeGateway):
        def submit(self, *arguments: Any, **options: Any) -> Submission:
            gateway.submit(*arguments, **options)
            world.cluster.clock.advance(1)
            return gateway.submit(*arguments, **options)

    platform = replace(world.platform, gateway=Racing(world.cluster.jobs))
    (job,) = deploy(platform, world.plan(), "int_3", world.profile, world.story)
    assert world.running()["dml.int_3_v2"] == [job.job_id]
    started = [one for one in world.cluster.jobs.all.values() if one.name == "dml.int_3_v2"]
    assert job.job_id == min(started, key=lambda one: one.started_at).job_id


def test_a_job_without_checkpoints_is_named_and_cancelled() -> None:
    world = provisioned()
    jobs = world.cluster.jobs

    def disable() -> None:
        for job in jobs.named("dml.int_3_v2"):
            job.checkpoints, job.checkpoints_held = Checkpoints(enabled=False), True

    world.cluster.clock.on_sleep(disable)
    with pytest.raises(StatementError, match=r"dml\.int_3_v2\) failed: its checkpointing is disabled"):
        deployed(world)
    assert "dml.int_3_v2" not in world.running()


def test_a_job_without_slots_says_so() -> None:
    world = provisioned()
    jobs = world.cluster.jobs

    unplaced_start = jobs.start

    def start_unplaced(*arguments: Any, **options: Any) -> FakeJob:
        job = unplaced_start(*arguments, **options)
        job.state, job.unplaced = JobState.STARTING, 2
        return job

    jobs.start = start_unplaced  # type: ignore[method-assign]
    with pytest.raises(ReadinessError, match="with 2 tasks that wait for a slot after 180 s"):
        deployed(world)
    assert len(world.running()["dml.int_3_v2"]) == 1


def test_a_job_that_came_to_life_twice_runs_once_afterwards() -> None:
    world = provisioned()
    deployed(world)
    first = world.job("dml.int_3_v2")
    world.cluster.clock.advance(1)
    world.cluster.jobs.start(first.name, output=first.output, identity=first.identity)
    deployed(world)
    assert world.running()["dml.int_3_v2"] == [first.job_id]


def test_a_job_that_fails_at_once_is_cancelled_and_its_cause_told() -> None:
    world = provisioned()
    jobs = world.cluster.jobs
    world.cluster.clock.on_sleep(
        lambda: [jobs.fail(job.job_id, "TopicNotFound: raw_q") for job in jobs.named("dml.int_3_v2")] and None
    )
    with pytest.raises(StatementError, match="TopicNotFound: raw_q"):
        deployed(world)
    assert "dml.int_3_v2" not in world.running()


def test_a_job_that_restarts_again_and_again_is_cancelled() -> None:
    world = provisioned()
    jobs = world.cluster.jobs
    world.cluster.clock.on_sleep(
        lambda: [jobs.restart(job.job_id, "OutOfMemoryError") for job in jobs.named("dml.int_3_v2")] and None
    )
    with pytest.raises(StatementError, match="OutOfMemoryError"):
        deployed(world)
    assert "dml.int_3_v2" not in world.running()


def test_a_job_that_waits_for_slots_is_left_for_the_next_try() -> None:
    world = provisioned()
    jobs = world.cluster.jobs

    def keep_starting() -> None:
        for job in jobs.named("dml.int_3_v2"):
            job.state, job.status = JobState.STARTING, "CREATED"

    world.cluster.clock.on_sleep(keep_starting)
    deployed_once = pytest.raises(ReadinessError, match="is CREATED after 180 s")
    keep = jobs.run
    jobs.run = keep_starting  # type: ignore[method-assign]
    with deployed_once:
        deployed(world)
    jobs.run = keep  # type: ignore[method-assign]
    assert len(world.running()["dml.int_3_v2"]) == 1


def test_rejected_sql_starts_nothing() -> None:
    world = provisioned()
    world.cluster.gateway.rejections["int_3_v2"] = "Column 'x' not found"
    with pytest.raises(StatementError, match="Column 'x' not found"):
        deployed(world)
    assert "dml.int_3_v2" not in world.running()


def test_a_late_retry_does_not_bring_a_rolled_back_release_up_again() -> None:
    world = provisioned()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    advance_to(world.platform, "v1.0.1", Phase.ROLLING_BACK)
    with pytest.raises(RefusedError, match="is rolling back"):
        deploy(world.platform, plan, "int_3", world.profile, world.story)
    assert "dml.int_3_v2" not in world.running()
