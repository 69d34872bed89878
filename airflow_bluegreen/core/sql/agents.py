"""Confluent's agents and tools: what creates them and what changes them. They name no tables."""

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.ddl import read_options
from airflow_bluegreen.core.sql.reading import Reading, begin
from airflow_bluegreen.core.sql.table_elements import read_comment


def read_agent(cursor: Cursor, first: int) -> Reading:
    """``CREATE AGENT a USING MODEL m USING PROMPT 'p' USING TOOLS t, u WITH (…)``, or ``USING AGENTS b, c``.

    :raises SqlSyntaxError: for an agent that uses nothing, and for what no agent uses.
    """
    reading = begin(StatementKind.CREATE_AGENT, cursor, first)
    cursor.dotted_name("an agent")
    cursor.expect("USING")
    _used(cursor)
    while cursor.accept("USING"):
        _used(cursor)
    return _described(cursor, reading)


def _used(cursor: Cursor) -> None:
    what = cursor.one_of("MODEL", "PROMPT", "TOOLS", "AGENTS", "CONNECTION")
    if what == "PROMPT":
        cursor.string("the prompt")
        return
    cursor.dotted_name(f"the {what.lower()}")
    while what in ("TOOLS", "AGENTS") and cursor.accept(","):
        cursor.dotted_name(f"the {what.lower()}")


def read_tool(cursor: Cursor, first: int) -> Reading:
    """``CREATE TOOL t USING FUNCTION f WITH (…)``, or ``USING CONNECTION c``."""
    reading = begin(StatementKind.CREATE_TOOL, cursor, first)
    cursor.dotted_name("a tool")
    cursor.expect("USING")
    what = cursor.one_of("FUNCTION", "CONNECTION")
    cursor.dotted_name(f"the {what.lower()}")
    return _described(cursor, reading)


def _described(cursor: Cursor, reading: Reading) -> Reading:
    read_comment(cursor)
    if cursor.accept("WITH"):
        read_options(cursor)
    cursor.finish()
    return reading


def set_model(cursor: Cursor, reading: Reading) -> None:
    """``ALTER AGENT a SET MODEL m``."""
    cursor.dotted_name("the model")


def set_prompt(cursor: Cursor, reading: Reading) -> None:
    """``ALTER AGENT a SET PROMPT 'p'``."""
    cursor.string("the prompt")


def change_tool(cursor: Cursor, reading: Reading) -> None:
    """``ALTER AGENT a ADD TOOL t``, ``ALTER AGENT a REMOVE TOOL t``."""
    cursor.dotted_name("the tool")
