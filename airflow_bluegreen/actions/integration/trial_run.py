"""A whole test, from nothing to nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airflow_bluegreen.actions.integration.checking import check
from airflow_bluegreen.actions.integration.feeding import feed, feeds_of
from airflow_bluegreen.actions.integration.preparing import Asked, Trial, prepare
from airflow_bluegreen.actions.integration.removing import remove
from airflow_bluegreen.actions.integration.running import AT_ONCE, Progress, advance, fingerprint_of, is_over
from airflow_bluegreen.actions.polling import forgiving, now_ms, poll
from airflow_bluegreen.core.model import IntegrationResult, Plan, Profile, SourceFed, Verdict
from airflow_bluegreen.exceptions import BluegreenError, OvertakenError, ReadinessError, RefusedError
from airflow_bluegreen.ports import Narrator, Platform

Watching = Callable[[int, int], None]
"""Is told, look by look, how many statements have run, and how many there are."""

LOOK_EVERY_S = 0.5
TIMEOUT_S = 1800.0


def integration_test(
    platform: Platform,
    plan: Plan,
    profile: Profile,
    asked: Asked,
    say: Narrator,
    *,
    keep: bool = False,
    at_once: int = AT_ONCE,
    timeout_s: float = TIMEOUT_S,
    watching: Watching | None = None,
) -> IntegrationResult:
    """Test a release on synthetic records, and remove whatever that took.

    What an earlier run left is removed first, so that a run that was killed is run again.

    :param keep: leave topics and subjects for a look; the next run removes them.
    :param at_once: statements that run at the same time.
    :param timeout_s: seconds that all statements together may take.

    Raises what :func:`prepare` raises, StatementError for a statement that fails, ReadinessError when they
    take too long; nothing is left then either.
    """
    trial = prepare(platform, plan, profile, asked)
    with removed_on_error(platform, trial.name, say, keep=keep):
        progress = begin(platform, trial, say)
        run_to_the_end(
            platform, trial, progress, say, at_once=at_once, timeout_s=timeout_s, watching=watching
        )
        return conclude(platform, trial, say, keep=keep)


@contextmanager
def removed_on_error(platform: Platform, name: str, say: Narrator, *, keep: bool = False) -> Iterator[None]:
    """Removes the test of that name when the block does not come to its end, whatever it is that ends it: an
    error, a signal, a time that is up. An error in that is told, and the block's is raised. What is there
    after an OvertakenError belongs to the later run, and stays.
    """
    try:
        yield
    except OvertakenError:
        raise
    except BaseException:
        try:
            if not keep:
                remove(platform, name, say)
        except BluegreenError as error:
            say(f"{name} is not removed, the next run does that: {error}")
        raise


def begin(platform: Platform, trial: Trial, say: Narrator) -> Progress:
    """Remove what an earlier run left, make the topics and write the records; no statement runs yet."""
    remove(platform, trial.name, say)
    tables, statements = len(trial.isolation.selected), len(trial.isolation.statements)
    say(f"{trial.name}: {tables} tables of {trial.plan.release.ref} are tested with {statements} statements")
    feed(platform, trial, feeds_of(platform, trial), say)
    return Progress(began_ms=now_ms(platform.clock), tested=fingerprint_of(trial))


def conclude(platform: Platform, trial: Trial, say: Narrator, *, keep: bool = False) -> IntegrationResult:
    """Judge what the statements wrote, once all have run, and remove it unless it is kept."""
    feeds = feeds_of(platform, trial)
    tables = check(platform, trial, feeds, say)
    if not keep:
        remove(platform, trial.name, say)
    topics = {one.source: (*one.in_order, *one.shuffled)[0] for one in trial.isolation.sources}
    return IntegrationResult(
        name=trial.name,
        release=trial.plan.release.ref,
        seed=trial.settings.seed,
        sources=tuple(
            SourceFed(source=one.traits.source, topic=topics[one.traits.source], records=one.told())
            for one in feeds
        ),
        tables=tables,
    )


def run_to_the_end(
    platform: Platform,
    trial: Trial,
    progress: Progress,
    say: Narrator,
    *,
    at_once: int = AT_ONCE,
    timeout_s: float = TIMEOUT_S,
    watching: Watching | None = None,
) -> Progress:
    """Run every statement, and wait until the last one has. Raises ReadinessError when they take too long."""

    def look() -> Progress:
        nonlocal progress
        progress = advance(platform, trial, progress, say, at_once=at_once)
        if watching is not None:
            watching(len(progress.finished), len(trial.isolation.statements))
        return progress

    patient = forgiving(look, platform.clock, say)
    poll(
        patient,
        until=lambda seen: seen is not None and is_over(trial, seen),
        clock=platform.clock,
        timeout_s=timeout_s,
        every_s=LOOK_EVERY_S,
    )
    if not is_over(trial, progress):
        raise late(trial, progress, timeout_s)
    return progress


def late(trial: Trial, progress: Progress, timeout_s: float) -> ReadinessError:
    """The error of a test whose statements do not come to an end."""
    waiting = ", ".join(sorted(progress.running)) or "nothing"
    return ReadinessError(
        f"{trial.name} has {len(progress.finished)} of {len(trial.isolation.statements)} statements done"
        f" after {timeout_s:.0f} s, {waiting} running",
        remedy="See in Flink what holds them back, or allow more time",
    )


def refuse_failure(result: IntegrationResult) -> None:
    """Raises RefusedError naming the tables and the checks that failed; warnings pass."""
    bad = [
        f"{one.table} ({', '.join(each.check for each in one.checks if each.verdict is Verdict.FAIL)})"
        for one in result.tables
        if one.verdict is Verdict.FAIL
    ]
    if bad:
        raise RefusedError(
            f"{result.release} fails on synthetic records of seed {result.seed}: {'; '.join(bad)}",
            remedy="Mend the statements; bluegreen integration-test --keep leaves the topics for a look",
        )
