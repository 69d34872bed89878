"""The green side of a whole release in one go: topics and jobs, for who does not deploy table by table."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from airflow_bluegreen.actions.deploy import submit
from airflow_bluegreen.actions.jobs import Launch, sight
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.running import await_running
from airflow_bluegreen.actions.side_by_side import parents_first, side_by_side
from airflow_bluegreen.core.model import Job, Plan, Profile
from airflow_bluegreen.ports import Narrator, Platform

AT_ONCE = 4
"""Statements that the gateway plans at the same time: each of them keeps a core of it busy."""

_TOPICS_AT_ONCE = 16
"""Creating a topic is waiting for the brokers."""


def bring_up(
    platform: Platform, plan: Plan, profile: Profile, say: Narrator, *, at_once: int = AT_ONCE
) -> Mapping[str, Job]:
    """Create every green topic and have every green statement run; returns the jobs by their name.

    A statement is submitted when the topics that it writes are there and those of its table's parents are
    submitted: other topics are created while the gateway plans. The jobs are waited for together, so that the
    slowest one is waited for once.

    Raises what providing and deploying a single table raises, of the first that fails. What was begun by then
    goes on, nothing more is begun, and running it again finds what there is.
    """
    order, seen = parents_first(plan), sight(platform)
    sets = _statement_sets(plan)
    started: dict[str, tuple[tuple[Launch, Job], ...]] = {}
    with ThreadPoolExecutor(_TOPICS_AT_ONCE) as pool:
        topics = {table: pool.submit(provision, platform, plan, table, profile, say) for table in order}

        def submitted(table: str) -> None:
            for name in sets[table]:
                topics[name].result()
            started[table] = submit(platform, plan, table, profile, say, seen)

        try:
            side_by_side(order, submitted, at_once)
        finally:
            pool.shutdown(cancel_futures=True)
    launched = [one for table in order for one in started[table]]
    return {job.name: job for job in await_running(platform, launched, say)}


def _statement_sets(plan: Plan) -> Mapping[str, list[str]]:
    """Each table, with those that its statements fill besides it."""
    sets: dict[str, list[str]] = defaultdict(list)
    for planned in plan.tables:
        if planned.green is not None:
            for name in (planned.table, *(shared.table for shared in planned.shared)):
                sets[name].append(planned.table)
    return sets
