"""The expectations of a table: those that the project wrote down, and those that its DDL implies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_bluegreen.core.model import (
    CheckResult,
    Column,
    ColumnKind,
    Expectation,
    ExpectationResult,
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
        rule="expectations of the project and of the DDL",
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
