"""Blue as the release was checked against it, and whether it is that still when it is replaced."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.ledger import change
from airflow_bluegreen.actions.planned import is_view
from airflow_bluegreen.core.model import ConnectorAction, Job, Plan, ReleaseRecord, Requirements
from airflow_bluegreen.exceptions import RequirementError
from airflow_bluegreen.ports import Platform

_DIGITS = 16
# Connect adds the name where it is left out; what a connector reads is compared, and told, on its own.
_NOT_SETTINGS = frozenset({"name", "topics"})


def note_requirements(platform: Platform, plan: Plan) -> None:
    """Write down what blue is: its jobs, and the settings of the connectors that are to be changed."""
    found = {}
    for planned in plan.connectors:
        state = platform.connectors.connector(planned.name)
        if planned.action is not ConnectorAction.CREATE and state is not None and state.config is not None:
            found[planned.name] = _digests(state.config)
    jobs = _blue_jobs(plan, platform.jobs.jobs())
    change(platform, plan.release.ref, requirements=Requirements(jobs=jobs, connectors=found))


def refuse_changed(platform: Platform, plan: Plan, record: ReleaseRecord) -> None:
    """Raises RequirementError with all that changed of blue since the release was checked.

    Connectors that an earlier run has begun to change are not looked at. A release that was checked by a
    version that wrote nothing down has nothing to be compared with.
    """
    if record.requirements is None:
        return
    changed = [
        *_changed_jobs(record.requirements.jobs, _blue_jobs(plan, platform.jobs.jobs())),
        *_changed_connectors(platform, record),
    ]
    if changed:
        raise RequirementError(
            f"blue changed since release {record.release} was checked: {'; '.join(changed)}",
            remedy="Nothing was moved. Run preflight and comparison again, then cut over",
        )


def _blue_jobs(plan: Plan, jobs: Sequence[Job]) -> dict[str, tuple[str, ...]]:
    return {
        planned.blue: tuple(sorted(job.job_id for job in jobs_filling(jobs, plan.environment, planned.blue)))
        for planned in plan.tables
        if planned.blue is not None and planned.filled and not is_view(planned)
    }


def _digests(config: Mapping[str, str]) -> dict[str, str]:
    return {
        key: hashlib.sha256(value.encode()).hexdigest()[:_DIGITS]
        for key, value in sorted(config.items())
        if key not in _NOT_SETTINGS
    }


def _changed_jobs(then: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for table, before in then.items():
        after = now.get(table, ())
        if tuple(before) != tuple(after):
            yield f"{table} was filled by job {_listed(before)}, is filled by {_listed(after)}"


def _changed_connectors(platform: Platform, record: ReleaseRecord) -> Iterator[str]:
    begun = {move.name for move in record.connector_moves}
    then = record.requirements.connectors if record.requirements else {}
    for name, before in then.items():
        state = None if name in begun else platform.connectors.connector(name)
        if state is None or state.config is None:
            continue  # one that is gone is refused where its topics are looked at
        after = _digests(state.config)
        keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        if keys:
            yield f"connector {name} has other settings: {', '.join(keys)}"


def _listed(job_ids: Sequence[str]) -> str:
    return ", ".join(job_ids) or "none"
