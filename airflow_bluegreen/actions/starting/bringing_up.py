"""One green statement, started as its table is to start."""

from collections.abc import Mapping

from airflow_bluegreen.actions.jobs import Launch, same_statement, submit_once
from airflow_bluegreen.actions.ledger import refuse_if_undone
from airflow_bluegreen.actions.running import start
from airflow_bluegreen.actions.starting.beginning import START_ACT, Beginning
from airflow_bluegreen.actions.starting.carry_over import carry_on
from airflow_bluegreen.actions.starting.copying import discard_rows
from airflow_bluegreen.actions.starting.facts import Blue, Starts
from airflow_bluegreen.actions.starting.latest import start_at_the_end
from airflow_bluegreen.actions.starting.seed import refuse_not_restored, start_from_blue
from airflow_bluegreen.core.model import Job, Start, StartDecision
from airflow_bluegreen.exceptions import RefusedError, StartRefusedError, StatementError


def begin_job(begin: Beginning) -> tuple[Launch, Job]:
    """Find the job, or submit it with the history that the project asks for; with what it is to be.

    Nobody waits here for a job that rebuilds its history to run; one that starts elsewhere runs on return.
    The ledger remembers where it started, so that a try that is broken off goes on at the same place. Raises
    what :func:`~airflow_bluegreen.actions.running.start` raises, and RefusedError when the start that is
    asked for cannot be had.
    """
    wish = begin.planned.start
    if wish.start is Start.REBUILD or same_statement(begin.platform.jobs.jobs(), begin.launch.identity):
        return begin.launch, submit_once(begin.platform, begin.launch, begin.say, begin.seen)
    starts = Starts(platform=begin.platform, plan=begin.plan, profile=begin.profile)
    decision = _decided(begin, starts)
    begin.say(f"{begin.planned.table} starts with {decision.start}: {decision.why}")
    try:
        return _started(begin, starts, decision)
    except (StartRefusedError, StatementError) as error:
        if not wish.or_rebuild or decision.start is Start.REBUILD:
            raise
        begin.say(f"{begin.planned.table} is rebuilt instead: {error}")
    discard_rows(begin)
    begin.remember(START_ACT, begin.launch.job_name, {"strategy": Start.REBUILD.value})
    return begin.launch, submit_once(begin.platform, begin.launch, begin.say)


def _decided(begin: Beginning, starts: Starts) -> StartDecision:
    """As an earlier try decided, else now. Raises RefusedError for a start that cannot be had."""
    known: Mapping[str, str] | None = begin.remembered(START_ACT, begin.launch.job_name)
    if known is not None:
        return StartDecision(
            table=begin.planned.table, start=Start(known["strategy"]), why="an earlier try began so"
        )
    decision = starts.decision(begin.planned)
    if decision.refused is not None:
        raise StartRefusedError(
            f"{begin.planned.table} cannot start with {decision.start}: {decision.refused}",
            where=begin.launch.where,
            remedy="Ask for another start of it in bluegreen.yaml",
        )
    return decision


def _started(begin: Beginning, starts: Starts, decision: StartDecision) -> tuple[Launch, Job]:
    launch = _prepared(begin, starts, decision)
    # A copy may take hours, in which the release may have been taken back.
    refuse_if_undone(begin.platform, begin.plan.release.ref)
    job = start(begin.platform, launch, begin.say)
    if launch.restore_path is not None:
        refuse_not_restored(begin, job, launch.restore_path)
    return launch, job


def _prepared(begin: Beginning, starts: Starts, decision: StartDecision) -> Launch:
    if decision.start is Start.LATEST:
        return start_at_the_end(begin, starts)
    if decision.start in (Start.SEED, Start.CARRY_OVER):
        blue = _blue(begin, starts)
        return (start_from_blue if decision.start is Start.SEED else carry_on)(begin, starts, blue)
    return begin.launch


def _blue(begin: Beginning, starts: Starts) -> Blue:
    blue = starts.blue(begin.planned)
    if isinstance(blue, str):
        raise RefusedError(blue, where=begin.launch.where, remedy="Have blue running, then run this again")
    return blue
