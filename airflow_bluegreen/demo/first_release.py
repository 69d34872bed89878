"""The project's first release: everything is new, nobody compares or approves, so it needs no Airflow."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.core.model import Phase, Plan, Profile
from airflow_bluegreen.ports import Narrator, Platform

_AT_ONCE = 2


def bring_live(platform: Platform, profile: Profile, *, release: str, say: Narrator) -> Plan:
    """Deploy a release from plan to live, in-process. For an environment in which nothing runs yet.

    :param release: tag or branch.
    :raises BluegreenError: as the single steps do; run it again to go on.
    """
    plan = plan_release(platform, environment=profile.name, release=release, base=None, tables=())
    open_release(platform, plan, say)
    rewrite(platform, plan, say)
    for planned in plan.tables:
        provision(platform, plan, planned.table, profile, say)
    for wave in waves(plan):
        _side_by_side(wave, lambda table: deploy(platform, plan, table, profile, say))
    for phase in (Phase.DEPLOYING, Phase.COMPARED):
        advance_to(platform, release, phase)
    cut_over(platform, plan, profile, say)
    retire(platform, plan, say)
    confirm(platform, plan, say)
    return plan


def waves(plan: Plan) -> list[tuple[str, ...]]:
    """The planned tables in groups: every table's parents are in the groups before its own."""
    depth: dict[str, int] = {}
    for planned in plan.tables:  # parents come first
        depth[planned.table] = 1 + max(
            (depth[parent] for parent in planned.parents if parent in depth), default=0
        )
    ordered = sorted(depth, key=lambda table: depth[table])
    return [tuple(tables) for _, tables in groupby(ordered, key=lambda table: depth[table])]


def _side_by_side(tables: tuple[str, ...], deploy_one: Callable[[str], object]) -> None:
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for done in [pool.submit(deploy_one, table) for table in tables]:
            done.result()
