"""The green side of a whole release in one go: topics, then jobs, for who does not deploy table by table."""

from collections.abc import Mapping

from airflow_bluegreen.actions.deploy import submit
from airflow_bluegreen.actions.jobs import Launch
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

    All topics come first: a statement set writes several of them. A statement is submitted when those of its
    table's parents are, and the jobs are waited for together, so that the slowest one is waited for once.

    Raises what providing and deploying a single table raises, of the first that fails. What was begun by then
    goes on, nothing more is begun, and running it again finds what there is.
    """
    order = parents_first(plan)
    side_by_side(
        dict.fromkeys(order, ()),
        lambda table: provision(platform, plan, table, profile, say),
        _TOPICS_AT_ONCE,
    )
    started: dict[str, tuple[tuple[Launch, Job], ...]] = {}

    def submitted(table: str) -> None:
        started[table] = submit(platform, plan, table, profile, say)

    side_by_side(order, submitted, at_once)
    launched = [one for table in order for one in started[table]]
    return {job.name: job for job in await_running(platform, launched, say)}
