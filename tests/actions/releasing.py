"""A whole release, step by step, as the DAG and the command line do it."""

from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.compare import compare
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, current, find, open_release
from airflow_bluegreen.actions.observe import observe_cut_over
from airflow_bluegreen.actions.preflight import preflight
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.core.model import Phase, Plan, TableComparison, Verdict
from tests.actions.world import World


def bring_up(world: World, release: str = "v1.0.1") -> Plan:
    """Up to and with the comparison; blue is as it was."""
    platform, profile, say = world.platform, world.profile, world.story
    plan = world.plan(release)
    open_release(platform, plan, say)
    rewrite(platform, plan, say)
    preflight(platform, plan, profile, say)
    for planned in plan.tables:
        provision(platform, plan, planned.table, profile, say)
        deploy(platform, plan, planned.table, profile, say)
        await_ready(platform, plan, planned.table, say, timeout_s=600)
    comparisons: list[TableComparison] = [
        compare(platform, plan, planned.table, profile, say) for planned in plan.tables if planned.green
    ]
    assert {one.verdict for one in comparisons} == {Verdict.PASS}
    if current(platform, release).phase is Phase.DEPLOYING:
        advance_to(platform, release, Phase.COMPARED)
    return plan


def finish(world: World, plan: Plan) -> None:
    """From the cut-over to LIVE."""
    platform, say = world.platform, world.story
    cut_over(platform, plan, world.profile, say)
    observe_cut_over(platform, plan, say)
    retire(platform, plan, say)
    confirm(platform, plan, world.profile, say)


def continue_release(world: World, ref: str = "v1.0.1") -> None:
    """What a person does after a failure: the same again, from the start."""
    record = find(world.platform, ref)
    if record is None or record.phase is not Phase.LIVE:
        release(world, ref)


def release(world: World, ref: str = "v1.0.1") -> Plan:
    plan = bring_up(world, ref)
    finish(world, plan)
    return plan
