import pytest

from airflow_bluegreen.actions.catch_up import ProgressTale, await_ready, capture_targets, observe
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.core.readiness import Readiness, ReadinessState
from airflow_bluegreen.exceptions import ReadinessError
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
    with pytest.raises(ReadinessError, match="a job of it does not run"):
        await_ready(world.platform, world.plan(), "int_3", world.story, 600)
    assert world.cluster.clock.slept[-1] == 1.0  # the last sleep was that of the deployment


def test_a_crash_loop_fails() -> None:
    world = started(held=True)
    plan = world.plan()
    targets = capture_targets(world.platform, plan, "int_3")
    world.cluster.jobs.restart(world.job("dml.int_3_v2").job_id, "OutOfMemoryError", times=3)
    seen = observe(world.platform, plan, "int_3", targets)
    assert (seen.state, "OutOfMemoryError" in seen.reason) == (ReadinessState.FAILING, True)


def test_a_table_without_statement_is_ready() -> None:
    from dataclasses import replace

    world = World()
    plan = world.plan()
    tables = tuple(replace(one, dml=()) if one.table == "int_3" else one for one in plan.tables)
    bare = replace(plan, tables=tables)
    targets = capture_targets(world.platform, bare, "int_3")
    assert observe(world.platform, bare, "int_3", targets).state is ReadinessState.READY


def test_the_tale_tells_changes_rate_and_time_to_go() -> None:
    story = Story()
    tale = ProgressTale("int_3", story, 15.0)

    def hydrating(remaining: int) -> Readiness:
        return Readiness(state=ReadinessState.HYDRATING, remaining=remaining, reason=f"{remaining} to go")

    tale.tell(hydrating(1000), 0.0)
    tale.tell(hydrating(900), 5.0)
    tale.tell(hydrating(600), 20.0)
    tale.tell(Readiness(state=ReadinessState.READY, remaining=0, reason="caught up"), 22.0)
    assert story.lines == [
        "int_3 is hydrating: 1000 to go",
        "int_3 is hydrating: 600 to go (20 records/s, 30 s to go)",
        "int_3 is ready: caught up",
    ]
