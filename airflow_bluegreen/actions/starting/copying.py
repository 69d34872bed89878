"""Blue's rows, up to given offsets, as the beginning of green's topic: exactly these, and once."""

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.jobs import same_statement
from airflow_bluegreen.actions.planned import identity
from airflow_bluegreen.actions.starting.beginning import COPY_ACT, Beginning
from airflow_bluegreen.actions.starting.bounded import run_bounded, stop_bounded
from airflow_bluegreen.actions.starting.facts import Blue
from airflow_bluegreen.core.model import ColumnKind, Offsets
from airflow_bluegreen.core.starting import KAFKA, SessionTable
from airflow_bluegreen.core.starting.scanning import copy_sql, offsets_text, scan_between
from airflow_bluegreen.exceptions import ConflictError

_COPY = "copy"


def copy_rows(begin: Beginning, blue: Blue, target: SessionTable, until: Offsets) -> None:
    """Have green's topic hold blue's rows below ``until``, and nothing else.

    What an earlier try left there is removed first, unless it is known to be the whole copy.

    :param target: blue's table as its session declares it.

    Raises ConflictError when a job reads green already, StatementError when the copy fails, ConflictError
    when it holds another number of rows than blue.
    """
    topics, green = begin.platform.topics, begin.green
    ends = topics.end_offsets(green)
    wanted = {"until": offsets_text(until), "ends": offsets_text(ends)}
    if begin.remembered(COPY_ACT, green) == wanted:
        begin.say(f"{green} holds blue's rows already")
        return
    discard_rows(begin)
    begins = topics.begin_offsets(target.topic)
    rows = sum(max(0, end - begins.get(at, 0)) for at, end in until.items())
    begin.say(f"copying {rows:,} rows of {target.topic} to {green}")
    if rows:
        run_bounded(begin, _COPY, _session(begin, blue, target, begins, until), _sql(begin))
    if target.connector == KAFKA:
        _refuse_other_number(begin, target.topic, rows)
    begin.remember(
        COPY_ACT, green, {"until": wanted["until"], "ends": offsets_text(topics.end_offsets(green))}
    )


def discard_rows(begin: Beginning) -> None:
    """Have green's topic empty again, and no copy on its way."""
    topics = begin.platform.topics
    stop_bounded(begin, _COPY)
    begins = topics.begin_offsets(begin.green)
    if any(end > begins[at] for at, end in topics.end_offsets(begin.green).items()):
        _empty(begin)


def _session(
    begin: Beginning, blue: Blue, target: SessionTable, begins: Offsets, until: Offsets
) -> tuple[str, ...]:
    """Blue's session, the green table, and blue read up to the cut by a group of its own."""
    endpoints = begin.platform.endpoints
    (statement,) = begin.planned.dml
    texts = session_tables(statement, begin.profile, endpoints)
    named = {table.physical: text for table, text in zip(statement.catalog, texts, strict=True)}
    group = f"bluegreen.{begin.profile.name}.copy.{begin.green}"
    first = {at: min(offset, until.get(at, offset)) for at, offset in begins.items()}
    return (
        *session_tables(blue.statement, begin.profile, endpoints),
        named[begin.green],
        scan_between(target.name, target.topic, first if target.connector == KAFKA else None, until, group),
    )


def _sql(begin: Beginning) -> str:
    """Columns that blue lacks become NULL."""
    before = {column.name for column in begin.planned.blue_columns if column.kind is ColumnKind.PHYSICAL}
    names = [
        column.name
        for column in begin.planned.columns
        if column.kind is ColumnKind.PHYSICAL and column.name in before
    ]
    return copy_sql(begin.green, begin.planned.blue or "", names)


def _empty(begin: Beginning) -> None:
    """Green's topic anew: a copy that was broken off, or a job that has ended, left rows in it."""
    topics, green = begin.platform.topics, begin.green
    running = begin.platform.jobs.jobs()
    for reader in begin.plan.tables:
        if begin.planned.table not in reader.parents:
            continue
        for statement in reader.dml:
            alike = same_statement(running, identity(begin.plan, reader, statement))
            if alike:
                raise ConflictError(
                    f"{green} has rows of a job that ended, and {alike[0].name} has read them",
                    remedy=f"Roll back release {begin.plan.release.ref} and release it again",
                )
    there = topics.topic(green)
    topics.delete_topic(green)
    if there is not None:
        topics.create_topic(there)
    begin.say(f"topic {green} emptied: an earlier try left rows in it")


def _refuse_other_number(begin: Beginning, blue: str, rows: int) -> None:
    topics, green = begin.platform.topics, begin.green
    begins = topics.begin_offsets(green)
    copied = sum(end - begins[at] for at, end in topics.end_offsets(green).items())
    if copied != rows:
        raise ConflictError(
            f"{green} holds {copied:,} rows after the copy of {rows:,} from {blue}",
            remedy="Run this again: it starts the copy over",
        )
