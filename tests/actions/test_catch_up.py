from dataclasses import replace

import pytest

from airflow_bluegreen.actions.catch_up import await_all, await_ready, capture_targets, observe
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.progress_tale import ProgressTale
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.core.model import Checkpoints, JobState, OperatorLoad
from airflow_bluegreen.core.pace import Sample
from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets
from airflow_bluegreen.exceptions import ReadinessError, TransientError
from tests.actions.world import ROWS, World
from tests.fakes.platform import Story


def started(*, held: bool = False) -> World:
    world = World()
    plan = world.plan()
    provision(world.platform, plan, "int_3", world.profile, world.story)
    if held:
        world.cluster.clock.on_sleep(
            lambda: [setattr(job, "held", True) for job in world.cluster.jobs.named("dml.int_3_v2")] and None
        )
        run, jobs = world.cluster.jobs.run, world.cluster.jobs

        def hold_first() -> None:
            for job in jobs.named("dml.int_3_v2"):
                job.held = True
            run()

        jobs.run = hold_first  # type: ignore[method-assign]
    deploy(world.platform, plan, "int_3", world.profile, world.story)
    return world


def test_targets_are_the_ends_of_every_input() -> None:
    world = started()
    targets = capture_targets(world.platform, world.plan(), "int_3")
    assert {topic for topic, _ in targets.offsets} == {"src_a", "src_b", "src_c"}
    assert sum(targets.offsets.values()) == 3 * ROWS
    assert targets.at_ms == world.cluster.clock.now_ms()


def test_partitions_without_records_are_no_target() -> None:
    world = started()
    for topic in ("src_a", "src_b"):
        world.cluster.topics.truncate(topic, 10**6)
    assert {topic for topic, _ in capture_targets(world.platform, world.plan(), "int_3").offsets} == {"src_c"}


def test_it_waits_until_green_has_caught_up() -> None:
    world = started()
    last = await_ready(world.platform, world.plan(), "int_3", world.story, 600)
    assert last.state is ReadinessState.READY
    assert "int_3 has caught up" in world.story.text


def test_one_look_is_never_enough() -> None:
    world = started()
    plan = world.plan()
    targets = capture_targets(world.platform, plan, "int_3")
    seen: list[Readiness] = []
    for _ in range(5):
        seen.append(observe(world.platform, plan, "int_3", targets, seen[-1] if seen else None))
        world.cluster.clock.sleep(5)
    assert seen[0].state is ReadinessState.HYDRATING
    assert seen[-1].state is ReadinessState.READY


def test_time_runs_out() -> None:
    world = started(held=True)
    with pytest.raises(ReadinessError, match=r"int_3 is hydrating after 60 s: 12 records to read"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 60)


def test_no_checkpoint_no_readiness() -> None:
    world = started()
    world.job("dml.int_3_v2").checkpoints_held = True
    with pytest.raises(ReadinessError, match="waiting for a checkpoint"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 60)


def test_a_job_that_ends_fails_at_once() -> None:
    world = started()
    world.cluster.jobs.fail(world.job("dml.int_3_v2").job_id, "OutOfMemoryError")
    slept = list(world.cluster.clock.slept)
    with pytest.raises(ReadinessError, match="int_3 is ended: the job has ended: OutOfMemoryError"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 600)
    assert world.cluster.clock.slept == slept


def test_a_crash_loop_fails() -> None:
    world = started(held=True)
    plan = world.plan()
    targets = capture_targets(world.platform, plan, "int_3")
    world.cluster.jobs.restart(world.job("dml.int_3_v2").job_id, "OutOfMemoryError", times=3)
    seen = observe(world.platform, plan, "int_3", targets)
    assert (seen.state, "OutOfMemoryError" in seen.reason) == (ReadinessState.FAILING, True)


def test_a_table_without_statement_is_ready() -> None:
    world = World()
    plan = world.plan()
    tables = tuple(replace(one, dml=()) if one.table == "int_3" else one for one in plan.tables)
    bare = replace(plan, tables=tables)
    targets = capture_targets(world.platform, bare, "int_3")
    assert observe(world.platform, bare, "int_3", targets).state is ReadinessState.READY


def test_a_job_that_nobody_knows_is_given_up_after_a_minute() -> None:
    """A JobManager that takes over lists no job before it has recovered them."""
    world = started()
    plan, clock = world.plan(), world.cluster.clock
    del world.cluster.jobs.all[world.job("dml.int_3_v2").job_id]
    begun = clock.now()
    with pytest.raises(ReadinessError, match="int_3 is ended: a job of it does not run"):
        await_ready(world.platform, plan, "int_3", world.story, 600)
    assert 60 <= clock.now() - begun <= 70


def test_a_job_that_appears_again_is_waited_for() -> None:
    world = started()
    jobs = world.cluster.jobs
    job = jobs.all.pop(world.job("dml.int_3_v2").job_id)
    begun = world.cluster.clock.now()

    def recover() -> None:
        if world.cluster.clock.now() - begun >= 20:
            jobs.all[job.job_id] = job

    world.cluster.clock.on_sleep(recover)
    assert await_ready(world.platform, world.plan(), "int_3", world.story, 600).state is ReadinessState.READY


def test_a_server_that_is_away_for_a_while_does_not_end_the_wait() -> None:
    world = started()
    world.cluster.jobs.fail_next("jobs", TransientError("Flink cannot be reached"), times=10)
    assert await_ready(world.platform, world.plan(), "int_3", world.story, 600).state is ReadinessState.READY
    assert world.story.lines.count("Flink cannot be reached; looking again until it answers") == 1


def test_a_server_that_stays_away_ends_the_wait() -> None:
    world = started()
    world.cluster.jobs.fail_next("jobs", TransientError("Flink cannot be reached"), times=1000)
    with pytest.raises(TransientError, match="Flink cannot be reached"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 6000)


def test_a_poisoned_record_is_a_crash_loop_that_names_topic_and_cause() -> None:
    world = started(held=True)
    jobs, job = world.cluster.jobs, world.job("dml.int_3_v2")
    job.failed_reading = ("src_b",)
    world.cluster.clock.on_sleep(lambda: jobs.restart(job.job_id, "Failed to deserialize JSON 'x'"))
    with pytest.raises(ReadinessError) as caught:
        await_ready(world.platform, world.plan(), "int_3", world.story, 6000)
    assert caught.value.what.startswith("int_3 is crash-looping: 3 restarts in ")
    assert caught.value.what.endswith(": reading topic src_b: Failed to deserialize JSON 'x'")
    assert caught.value.remedy.startswith("Mend what the exception names")


def test_a_job_without_slots_ends_the_wait_early() -> None:
    world = started(held=True)
    job = world.job("dml.int_3_v2")
    job.state, job.unplaced = JobState.STARTING, 2
    begun = world.cluster.clock.now()
    with pytest.raises(ReadinessError, match="int_3 is without slots: 2 tasks have waited 180 s for a free"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 6000)
    assert world.cluster.clock.now() - begun <= 190


def test_a_job_that_failed_for_want_of_slots_is_no_crash_loop() -> None:
    world = started(held=True)
    job = world.job("dml.int_3_v2")
    job.lacks_slots = True
    world.cluster.jobs.fail(job.job_id, "Could not acquire the minimum required resources.")
    with pytest.raises(ReadinessError, match="int_3 is without slots: the cluster has too few free slots"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 6000)


def test_a_stuck_job_ends_the_wait_early_with_what_its_checkpoints_say() -> None:
    world = started(held=True)
    job = world.job("dml.int_3_v2")
    job.checkpoints_held = True
    job.checkpoints = Checkpoints(interval_ms=5_000, failed=3, failure="disk full")
    with pytest.raises(ReadinessError) as caught:
        await_ready(world.platform, world.plan(), "int_3", world.story, 60_000)
    assert caught.value.what == (
        "int_3 is stuck: RUNNING, and for 600 s no position moved and no checkpoint completed,"
        " 3 failed: disk full"
    )


def test_a_job_that_falls_behind_names_its_bottleneck() -> None:
    world = started(held=True)
    job, topics = world.job("dml.int_3_v2"), world.cluster.topics
    job.loads = (
        OperatorLoad(name="src_a[1]", busy=0.1, back_pressured=0.9),
        OperatorLoad(name="Join[4]", busy=1.0, back_pressured=0.0),
        OperatorLoad(name="int_3_v2[5]", busy=0.2, back_pressured=0.0),
    )
    world.cluster.clock.on_sleep(
        lambda: [topics.produce("src_a", str(number).encode(), b"{}") for number in range(1100)] and None
    )
    with pytest.raises(ReadinessError) as caught:
        await_ready(world.platform, world.plan(), "int_3", world.story, 60_000, poll_s=60.0)
    assert "int_3 is falling behind: for 900 s it read 0 records/s while 18 arrived" in caught.value.what
    assert "Join[4] is the bottleneck (busy 100%, 1 before it back-pressured)" in caught.value.what
    assert "Join[4] is the bottleneck" in world.story.text


def test_a_job_whose_checkpoints_are_disabled_is_named() -> None:
    world = started()
    world.job("dml.int_3_v2").checkpoints = Checkpoints(enabled=False)
    with pytest.raises(ReadinessError, match="int_3 is without checkpoints: checkpointing is disabled"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 600)


def test_children_wait_for_their_parents_and_look_together() -> None:
    world = World()
    plan, profile, say = world.plan(), world.profile, world.story
    for planned in plan.tables:
        provision(world.platform, plan, planned.table, profile, say)
        deploy(world.platform, plan, planned.table, profile, say)
    seen: list[tuple[str, ReadinessState]] = []

    def watching(table: str, targets: Targets, readiness: Readiness) -> None:
        seen.append((table, readiness.state))
        if table != "int_3":
            assert ("int_3", ReadinessState.READY) in seen

    for wire in world.cluster.wires.values():
        wire.calls.clear()
    found = await_all(world.platform, plan, ["int_3", "fact_2", "fact_3"], say, watching, 600)
    assert {readiness.state for readiness in found.values()} == {ReadinessState.READY}
    looks = len(world.cluster.topics.wire.called("end_offsets"))
    assert looks == len(world.cluster.jobs.wire.called("jobs"))
    assert looks < len(seen)


def test_the_tale_tells_changes_rate_and_time_to_go() -> None:
    story = Story()
    tale = ProgressTale("int_3", story, 15.0)

    def hydrating(remaining: int, at_s: int) -> Readiness:
        samples = (
            Sample(at_ms=0, read=0, ends=1000),
            Sample(at_ms=at_s * 1000, read=1000 - remaining, ends=1000 + at_s),
        )
        return Readiness(
            state=ReadinessState.HYDRATING, remaining=remaining, reason=f"{remaining} to go", samples=samples
        )

    tale.tell(replace(hydrating(1000, 1), samples=()), 0.0)
    tale.tell(hydrating(900, 5), 5.0)
    tale.tell(hydrating(600, 20), 20.0)
    tale.tell(Readiness(state=ReadinessState.READY, remaining=0, reason="caught up"), 22.0)
    assert story.lines == [
        "int_3 is hydrating: 1000 to go",
        "int_3 is hydrating: 600 to go (20 records/s, 1/s arrive, 30 s to go)",
        "int_3 is ready: caught up",
    ]
