"""The last look: everything the plan promised is there, then the release is live."""

from collections.abc import Iterator, Sequence

from airflow_bluegreen.actions.connectors import RUNNING, topics_read
from airflow_bluegreen.actions.jobs import jobs_filling, same_statement
from airflow_bluegreen.actions.ledger import advance_to, current
from airflow_bluegreen.actions.planned import identity, job_name
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.model import ConnectorAction, Job, JobState, Phase, Plan
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import ConnectorReader, Narrator, Platform


def confirm(platform: Platform, plan: Plan, say: Narrator) -> None:
    """Check every planned table, every untouched job and every connector; then the release is LIVE.

    Raises RefusedError listing what is not as planned; the phase stays then.
    """
    release = plan.release.ref
    record = current(platform, release)
    jobs = platform.jobs.jobs()
    wrong = [
        *_wrong_green(plan, jobs),
        *_wrong_blue(plan, jobs),
        *_wrong_untouched(platform, plan, jobs),
        *_wrong_connectors(platform.connectors, plan),
    ]
    for line in wrong:
        say(f"not as planned: {line}")
    if wrong:
        raise RefusedError(
            f"release {release} is not as planned ({len(wrong)}): {'; '.join(wrong)}",
            remedy="Mend it and confirm again, or roll the release back",
        )
    advance_to(platform, release, Phase.LIVE)
    became = "is" if record.phase is Phase.LIVE else "is now"
    kept = f"{len(plan.untouched)} untouched tables as before"
    say(f"release {release} {became} live: {len(plan.tables)} tables, {kept}")


def _wrong_green(plan: Plan, jobs: Sequence[Job]) -> Iterator[str]:
    for planned in plan.tables:
        for statement in planned.dml if planned.green else ():
            wanted = identity(plan, planned, statement)
            name = job_name(statement.name, planned.table, planned.green or "")
            found = same_statement(jobs, wanted)
            if len(found) != 1:
                yield f"{name} runs {len(found)} times"
            elif found[0].identity and found[0].identity.fingerprint != wanted.fingerprint:
                yield f"{name} ({found[0].job_id}) runs other SQL than planned"
            elif found[0].state is not JobState.RUNNING:
                yield f"{name} ({found[0].job_id}) is {found[0].status}"


def _wrong_blue(plan: Plan, jobs: Sequence[Job]) -> Iterator[str]:
    for planned in plan.tables:
        if planned.blue is None:
            continue
        running = jobs_filling(jobs, plan.environment, planned.blue)
        if planned.blue in plan.kept:
            if planned.dml and not running:
                yield f"kept {planned.blue} has no job any more"
            continue
        for job in running:
            yield f"blue {job.name} ({job.job_id}) still runs"


def _wrong_untouched(platform: Platform, plan: Plan, jobs: Sequence[Job]) -> Iterator[str]:
    project = load_project(platform.repository, plan.release.sha, platform.front_end)
    for name in plan.untouched:
        table = project.tables.get(name)
        physical = plan.physical.get(name, name)
        if table is not None and table.dml and not jobs_filling(jobs, plan.environment, physical):
            yield f"untouched {physical} has no job any more"


def _wrong_connectors(connectors: ConnectorReader, plan: Plan) -> Iterator[str]:
    for planned in plan.connectors:
        state = connectors.connector(planned.name)
        if planned.action is ConnectorAction.REMOVE:
            if state is not None:
                yield f"connector {planned.name} is still there"
            continue
        if state is None or state.state != RUNNING:
            yield f"connector {planned.name} is {state.state if state else 'absent'}"
        elif topics_read(state.config or {}) != frozenset(planned.green_topics):
            yield f"connector {planned.name} reads {', '.join(sorted(topics_read(state.config or {})))}"
