"""A look at an environment: the ledger, what really runs, and the way back. Reads only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.actions.horizon import rollback_horizon
from airflow_bluegreen.core.environment import EnvironmentState, WayBack, environment_state
from airflow_bluegreen.core.lifecycle import live_release
from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.ports import Platform


def look_at_environment(
    platform: Platform, profile: Profile, *, project: str, environment: str
) -> EnvironmentState:
    """The environment as it is now. A server that cannot be asked leaves its part untold, with the reason.

    :param project: what to call the project as long as the ledger is empty.
    :raises TransientError: the ledger cannot be read.
    """
    records = platform.releases.records()
    now = datetime.fromtimestamp(platform.clock.now(), tz=UTC)
    state = environment_state(
        records,
        project=records[-1].project if records else project,
        environment=environment,
        now=now,
        window=timedelta(seconds=profile.rollback_window),
    )
    live = live_release(records)
    if live is None:
        return replace(state, drift=())
    try:
        horizon = rollback_horizon(platform, live, profile)
        state = replace(state, way_back=WayBack(open=horizon.open, told=str(horizon)))
        reality = read_drift(platform, profile)
        return replace(state, drift=reality.drift, trouble=reality.unknown)
    except BluegreenError as error:
        return replace(state, trouble=str(error))
