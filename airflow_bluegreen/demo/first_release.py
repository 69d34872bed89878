"""The project's first release: everything is new, nobody compares or approves, so it needs no Airflow."""

from airflow_bluegreen.actions.bring_up import bring_up
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import advance_to, open_release
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
    bring_up(platform, plan, profile, say, at_once=_AT_ONCE)
    for phase in (Phase.DEPLOYING, Phase.COMPARED):
        advance_to(platform, release, phase)
    cut_over(platform, plan, profile, say)
    retire(platform, plan, say)
    confirm(platform, plan, profile, say)
    return plan
