"""The expectations of a table: what the project wrote down, and what its DDL and its settings imply."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow_bluegreen.core.model import (
    CheckResult,
    Column,
    ColumnKind,
    Expectation,
    ExpectationResult,
    TableComparison,
    Validation,
    Verdict,
)
from airflow_bluegreen.exceptions import ConfigurationError, Where

_SEVERITIES = ("critical", "warning", "info")
_NAMED = 3


def expectations_file(table: str) -> str:
    """Where the project keeps the suite of a logical table."""
    return f"expectations/{table}.json"


def read_suite(text: str, path: str) -> tuple[Expectation, ...]:
    """The expectations of a suite in Great Expectations' own JSON.

    Raises ConfigurationError with the file, and the line where the JSON is broken.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"no valid JSON: {error.msg}", where=Where(path=path, line=error.lineno), remedy="Mend the file"
        ) from error
    listed = content.get("expectations") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise ConfigurationError(
            "no suite of Great Expectations",
            where=Where(path=path),
            remedy='Write {"name": "…", "expectations": [{"type": "…", "kwargs": {…}}]}',
        )
    return tuple(_expectation(one, path) for one in listed)


def _expectation(given: Any, path: str) -> Expectation:
    kind = given.get("type") if isinstance(given, dict) else None
    kwargs = given.get("kwargs", {}) if isinstance(given, dict) else None
    severity = given.get("severity", "critical") if isinstance(given, dict) else ""
    if not isinstance(kind, str) or not isinstance(kwargs, dict) or severity not in _SEVERITIES:
        raise ConfigurationError(
            f"no expectation: {json.dumps(given)[:80]}",
            where=Where(path=path),
            remedy=f"Give its type, kwargs and, if at all, a severity: {', '.join(_SEVERITIES)}",
        )
    return Expectation(type=kind, kwargs=kwargs, severity=severity)


def derived_expectations(columns: Iterable[Column], primary_key: Sequence[str]) -> tuple[Expectation, ...]:
    """What a DDL implies: its columns are there, NOT NULL ones hold no null, the key is unique."""
    stored = [column for column in columns if column.kind is ColumnKind.PHYSICAL]
    found = [Expectation(type="expect_column_to_exist", kwargs={"column": one.name}) for one in stored]
    found += [
        Expectation(type="expect_column_values_to_not_be_null", kwargs={"column": one.name})
        for one in stored
        if not one.nullable or one.name in primary_key
    ]
    if len(primary_key) == 1:
        found.append(Expectation(type="expect_column_values_to_be_unique", kwargs={"column": primary_key[0]}))
    elif primary_key:
        found.append(
            Expectation(
                type="expect_compound_columns_to_be_unique", kwargs={"column_list": list(primary_key)}
            )
        )
    return tuple(found)


def count_expectation(found: TableComparison, *, tolerance: float, moved: int) -> tuple[Expectation, ...]:
    """As many rows as blue holds, give or take what may change; at least one in a new table.

    :param tolerance: the share of rows that may come or go.
    :param moved: records that came to green since it was compared, or that retention deleted: each may be a
        row, or the end of one.
    """
    kwargs: dict[str, Any] = {"min_value": 1}
    if found.blue is not None:
        keys = found.keys
        blue = keys.match + keys.diff + keys.blue_only
        slack = tolerance * blue + keys.in_flight + moved
        kwargs = {"min_value": max(0, math.floor(blue - slack)), "max_value": math.ceil(blue + slack)}
    return (Expectation(type="expect_table_row_count_to_be_between", kwargs=kwargs),)


def freshness_expectation(
    found: TableComparison, like: Any, *, slower_by: float, moved: int
) -> tuple[Expectation, ...]:
    """The newest event is no older than blue's newest window, but for what green may be slower.

    :param like: an event time of the rows: a number in ms, or a datetime; of anything else nothing is known.
    :param slower_by: seconds.
    :param moved: records that came to green since it was compared, or that were deleted: one of them may have
        been the end of the newest row, so that the expectation is no more than a warning.
    """
    times = found.event_times
    if times is None or not any(times.rows.blue):
        return ()
    last = max(at for at, rows in enumerate(times.rows.blue) if rows)
    oldest: Any = times.rows.edges[last] - slower_by * 1000
    if isinstance(like, datetime):
        moment = datetime.fromtimestamp(oldest / 1000, UTC)
        oldest = moment if like.tzinfo else moment.replace(tzinfo=None)
    elif isinstance(like, bool) or not isinstance(like, int | float):
        return ()
    kwargs = {"column": times.column, "min_value": oldest}
    severity = "warning" if moved or found.keys.in_flight else "critical"
    return (Expectation(type="expect_column_max_to_be_between", kwargs=kwargs, severity=severity),)


def joined(written: Sequence[Expectation], derived: Sequence[Expectation]) -> tuple[Expectation, ...]:
    """The project's expectations, and the derived ones that it does not state itself."""
    stated = {(one.type, json.dumps(one.kwargs.get("column"))) for one in written}
    return (
        *written,
        *(one for one in derived if (one.type, json.dumps(one.kwargs.get("column"))) not in stated),
    )


def judged(validation: Validation, rows: int) -> CheckResult:
    """The check of a table's expectations: a critical one that fails fails the comparison."""
    failed = [result for result in validation.results if not result.passed]
    verdict = Verdict.PASS
    if failed:
        critical = any(result.expectation.severity == "critical" for result in failed)
        verdict = Verdict.FAIL if critical else Verdict.WARN
    kept = len(validation.results) - len(failed)
    told = "; ".join(_told(result) for result in failed[:_NAMED])
    more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    docs = f"; Data Docs: {validation.docs}" if validation.docs else ""
    return CheckResult(
        check="expectations",
        verdict=verdict,
        blue="",
        green=f"{kept:,} of {len(validation.results):,} hold",
        detail=(f"{told}{more}" if failed else f"all hold for {rows:,} rows") + docs,
        rule="expectations of the project, of the DDL and of the settings of the comparison",
    )


def _told(result: ExpectationResult) -> str:
    one = result.expectation
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in one.kwargs.items())
    detail = f": {result.detail}" if result.detail else ""
    return f"{one.type}({arguments}){detail}"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"


def as_row(key: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with its key's columns, whether the value repeats them or not."""
    return {**key, **value}
