"""Names and types of the columns, as the two DDLs declare them."""

from collections.abc import Iterable

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Column, ColumnKind, Verdict

RULE = "names and types are blue's, but for the columns that the change adds, removes or retypes"
RULE_OF_NEW = "the records have every column that the DDL declares"


def check_columns(evidence: Evidence) -> CheckResult | None:
    """The columns are blue's, but for those that the change adds, removes or retypes on purpose.

    A new table must have the columns of its DDL in its records.
    """
    green = _types(evidence.columns)
    if evidence.blue is None:
        return _of_new(evidence, tuple(green))
    if not green and not evidence.blue_columns:
        return None  # two topics compared without their DDL
    blue = _types(evidence.blue_columns)
    added = [name for name in green if name not in blue]
    removed = [name for name in blue if name not in green]
    retyped = [name for name in green if name in blue and blue[name] != green[name]]
    expected = evidence.expected
    surprising = [
        *(name for name in added if name not in expected.added),
        *(name for name in removed if name not in expected.removed),
        *(name for name in retyped if name not in expected.changed),
    ]
    details = [
        *(f"{name} added" for name in added),
        *(f"{name} removed" for name in removed),
        *(f"{name} was {blue[name]}, is {green[name]}" for name in retyped),
    ]
    if surprising:
        end = f"; not intended by the change: {', '.join(surprising)}"
    else:
        end = ", as the change intends" if details else ""
    return CheckResult(
        check="columns",
        verdict=Verdict.FAIL if surprising else Verdict.PASS,
        blue=f"{len(blue)}",
        green=f"{len(green)}",
        detail=(", ".join(details) or "same names and types") + end,
        rule=RULE,
        expected=bool(details) and not surprising,
    )


def _of_new(evidence: Evidence, declared: tuple[str, ...]) -> CheckResult | None:
    if evidence.registered is None or not declared:
        return None
    missing = [
        name for name in declared if name not in evidence.registered and name not in evidence.primary_key
    ]
    return CheckResult(
        check="columns",
        verdict=Verdict.FAIL if missing else Verdict.PASS,
        blue="",
        green=f"{len(declared)}",
        detail=f"declared, but not in the records: {', '.join(missing)}"
        if missing
        else "as the DDL declares them",
        rule=RULE_OF_NEW,
    )


def _types(columns: Iterable[Column]) -> dict[str, str]:
    """Columns that are stored in the topic."""
    return {
        column.name: column.type + ("" if column.nullable else " NOT NULL")
        for column in columns
        if column.kind is ColumnKind.PHYSICAL
    }
