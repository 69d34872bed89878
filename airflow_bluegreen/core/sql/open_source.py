"""``CREATE TABLE`` as Confluent Cloud reads it → as Apache Flink's Kafka connectors read it.

On Confluent a table is a topic: no connector, no endpoints, formats of its own, the record's time as
``$rowtime``. Apache Flink needs all of that spelled out. Only the clauses concerned are replaced, the rest of
the text stays.
"""

import re
from collections.abc import Mapping

from airflow_bluegreen.core.model import ColumnKind, Profile
from airflow_bluegreen.core.sql.connector_options import Mode, connector_options, is_native, table_mode
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.statements import read
from airflow_bluegreen.core.sql.table_syntax import ColumnSyntax, Span, TableSyntax

_ROWTIME = "`$rowtime` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL"
_LOCAL_TIME = re.compile(
    r"(?<!`)\b(?:TIMESTAMP_LTZ\b(?!`)(?:\s*\(\s*\d\s*\))?"
    r"|TIMESTAMP\b(?!`)(?:\s*\(\s*\d\s*\))?\s+WITH\s+LOCAL\s+TIME\s+ZONE\b)",
    re.IGNORECASE,
)
# Avro's record schema, as Flink derives it, holds milliseconds; without a precision a type has microseconds.
_FINE_TIME = re.compile(r"(?<!`)\bTIMESTAMP\b(?!`|\s*\(\s*[0-3]\s*\))(?:\s*\(\s*\d\s*\))?", re.IGNORECASE)

_DELAY = "INTERVAL '5' SECOND"

Edit = tuple[int, int, str]


def lower_table(
    definition_sql: str, profile: Profile, *, options: Mapping[str, str], kind: str, rowtime: bool = False
) -> str:
    """The text that the environment's Flink understands.

    :param definition_sql: one ``CREATE TABLE``; with the dialect ``confluent`` it is returned unchanged.
    :param options: the environment's options, placeholders resolved: ``properties.bootstrap.servers``, and
        for a format ``avro-confluent.url`` or ``value.avro-confluent.url``. They win over those of the text
        where the environment decides (servers, registry), else the text's win.
    :param kind: the kind of the table in the project, for errors.
    :param rowtime: whether a query reads ``$rowtime`` of this table.
    :raises ConfigurationError: for an option or a changelog mode that Apache Flink has no equal for.
    :raises SqlSyntaxError: if the text is no ``CREATE TABLE``.
    """
    if profile.dialect == "confluent":
        return definition_sql
    source = Source(text=definition_sql, path=f"<{kind} table>")
    table = _table(source)
    mapped = connector_options(table, options, kind=kind)
    if not is_native(table) and (rowtime or reads_rowtime(table)):
        # Confluent finds idle partitions by itself, after 15 seconds at first.
        mapped.setdefault("scan.watermark.idle-timeout", "15 s")
    edits: list[Edit] = [_options_edit(table, mapped)]
    if not is_native(table):
        edits += _type_edits(source, table, mapped)
        edits += _time_edits(table, rowtime=rowtime)
        if table_mode(table, options, kind=kind) is Mode.APPEND:
            edits += _key_edits(source, table)
    if table.distribution_at:
        edits.append(_without(source, table.distribution_at))
    return _spliced(definition_sql, edits)


def reads_rowtime(table: TableSyntax) -> bool:
    """Whether the table's own watermark is on ``$rowtime``."""
    return table.watermark is not None and table.watermark.column.strip("`") == "$rowtime"


def _table(source: Source) -> TableSyntax:
    lexemes = [lexeme for lexeme in lex(source) if lexeme.text != ";"]
    reading = read(source, lexemes) if lexemes else None
    if reading is None or reading.table is None:
        raise source.error("expected CREATE TABLE", 0, remedy="Pass the text that creates the table")
    return reading.table


def _spliced(text: str, edits: list[Edit]) -> str:
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _options_edit(table: TableSyntax, mapped: Mapping[str, str]) -> Edit:
    """The whole WITH clause anew, behind the columns if there was none."""
    lines = ",\n".join(f"  {_literal(key)} = {_literal(value)}" for key, value in mapped.items())
    clause = f"WITH (\n{lines}\n)"
    if table.options_at:
        return table.options_at.start, table.options_at.end, clause
    return table.header_end, table.header_end, f" {clause}"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _without(source: Source, at: Span) -> Edit:
    """Takes a clause away together with the space before it, unless a comment stands there."""
    start = at.start
    while start and source.text[start - 1].isspace():
        start -= 1
    before = lex(source, 0, at.start)
    return (start if before and before[-1].end == start else at.start), at.end, ""


def _type_edits(source: Source, table: TableSyntax, mapped: Mapping[str, str]) -> list[Edit]:
    """Types that the registry's Avro cannot hold: it knows neither local time zones nor microseconds."""
    if "avro-confluent" not in (mapped.get("key.format"), mapped.get("value.format")):
        return []
    edits = []
    for syntax in table.columns:
        if syntax.type_at is None or not _is_written(syntax):
            continue
        old = source.text[syntax.type_at.start : syntax.type_at.end]
        new = _FINE_TIME.sub("TIMESTAMP(3)", _LOCAL_TIME.sub("TIMESTAMP(3)", old))
        if new != old:
            edits.append((syntax.type_at.start, syntax.type_at.end, new))
    return edits


def _is_written(syntax: ColumnSyntax) -> bool:
    return syntax.column.kind is ColumnKind.PHYSICAL


def _time_edits(table: TableSyntax, *, rowtime: bool) -> list[Edit]:
    """``$rowtime`` as a metadata column, and a watermark that Apache Flink can compute.

    On Confluent a table that declares no watermark has one on ``$rowtime``; windows and temporal joins over
    it need it here as well.
    """
    edits: list[Edit] = []
    mark = table.watermark
    needed = rowtime or reads_rowtime(table)
    declared = any(syntax.column.name == "$rowtime" for syntax in table.columns)
    if needed and table.elements:
        added = "" if declared else f", {_ROWTIME}"
        added += "" if mark else f", WATERMARK FOR `$rowtime` AS `$rowtime` - {_DELAY}"
        edits.append((table.elements.end - 1, table.elements.end - 1, added))
    if mark and mark.expression.upper().startswith("SOURCE_WATERMARK("):
        # Confluent's own strategy; the Kafka connectors of Apache Flink have none, so a fixed delay stands
        # for it.
        at = mark.expression_at
        edits.append((at.start, at.end, f"{mark.column} - {_DELAY}"))
    return edits


def _key_edits(source: Source, table: TableSyntax) -> list[Edit]:
    """The append-only connector refuses a primary key, as it cannot keep it unique."""
    at = table.primary_key_at
    if at is None:
        return []
    if any(syntax.is_key for syntax in table.columns):
        return [_without(source, at)]
    before = lex(source, table.elements.start, at.start)[-1] if table.elements else None
    after = lex(source, at.end)[0]
    edits = [(at.start, at.end, "")]
    if before is not None and before.text == ",":
        return [(before.start, before.end, ""), _without(source, at)]
    if after.text == ",":
        edits.append((after.start, after.end, ""))
    return edits
