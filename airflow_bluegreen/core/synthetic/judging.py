"""What a test's tables show, beyond how blue and green compare."""

from collections.abc import Collection
from dataclasses import replace

from airflow_bluegreen.core.model import CheckResult, TableComparison, Verdict, worst_of

REACH = "records arrive"
ACCOUNTED = "source records"
ORDER = "arrival order"
NOT_ASKED = frozenset({"freshness", "schema", "definition", "rows looked at"})
"""Checks that say nothing of records which were written all at once, under names of their own."""
_SHOWN = 3


def check_reach(rows: int, records: int) -> CheckResult:
    """Something arrives in the table."""
    return CheckResult(
        check=REACH,
        verdict=Verdict.PASS if rows else Verdict.FAIL,
        blue="",
        green=f"{rows:,} rows",
        detail=f"{records:,} records in the topic" if rows else "no row arrives in the table",
        rule="synthetic records reach every tested table",
    )


def check_accounted(
    source: str, column: str, expected: Collection[str], blue: Collection[str] | None, green: Collection[str],
    *, stated: bool,
) -> CheckResult | None:  # fmt: skip
    """Every entity of a source that blue's version keeps is kept by green's; None where the table computes
    something else of its key.

    That the change may drop rows explains nothing here: dropping what blue keeps has to be stated.

    :param expected: keys that are alive at the end of what the source's records tell.
    :param blue: keys in blue's version of the table; None for a table that is new or the same.
    :param stated: whether the project says that it expects other rows (comparison.tables.<table>.expected).
    """
    ids, kept = set(expected), set(green)
    reached = ids & kept
    if not reached and not (blue is not None and ids & set(blue)):
        return (
            None
            if kept or not ids
            else _accounted(source, column, ids, set(), Verdict.FAIL, "none arrives", blue)
        )
    if blue is None:
        dropped = ids - kept
        told = (
            f"{len(dropped):,} do not arrive, {_shown(dropped)}: the statements filter"
            if dropped
            else "all arrive"
        )
        return _accounted(source, column, ids, reached, Verdict.WARN if dropped else Verdict.PASS, told, blue)
    lost, neither = (ids & set(blue)) - kept, ids - set(blue) - kept
    told = f"{len(lost):,} that blue keeps are lost, {_shown(lost)}" if lost else "all that blue keeps"
    if neither:
        told += f"; {len(neither):,} in neither version"
    verdict = Verdict.FAIL if lost and not stated else Verdict.PASS
    found = _accounted(source, column, ids, reached, verdict, told, blue)
    return replace(found, expected=bool(lost) and stated)


def _accounted(
    source: str, column: str, ids: set[str], reached: set[str], verdict: Verdict, told: str,
    blue: Collection[str] | None,
) -> CheckResult:  # fmt: skip
    return CheckResult(
        check=ACCOUNTED,
        verdict=verdict,
        blue="" if blue is None else f"{len(ids & set(blue)):,} of {len(ids):,}",
        green=f"{len(reached):,} of {len(ids):,}",
        detail=f"{told} ({column} of {source})",
        rule="what the sources' records leave alive is in the table, unless comparison.expected says no",
    )


def _shown(keys: Collection[str]) -> str:
    shown = ", ".join(sorted(keys)[:_SHOWN])
    return f"such as {shown}"


def check_order(compared: TableComparison, *, any_order: bool) -> CheckResult:
    """Green's rows are the same when the same records arrive in another order.

    :param compared: green as records arrive by event time (as blue) with green as they arrive shuffled.
    :param any_order: whether the project says that the rows of this table depend on it.
    """
    rule = "rows are the same whatever the order of arrival, within the watermark's bounds"
    bad = [
        one
        for one in compared.checks
        if one.verdict is Verdict.FAIL and one.check not in NOT_ASKED and one.check != "event time"
    ]
    counts = compared.keys
    told = "; ".join(f"{one.check}: {one.detail}" for one in bad) or "the same rows"
    if bad and any_order:
        told += " (integration_test.any_order)"
    return CheckResult(
        check=ORDER,
        verdict=Verdict.FAIL if bad and not any_order else Verdict.PASS,
        blue=f"{counts.match + counts.diff + counts.blue_only:,} by event time",
        green=f"{counts.match + counts.diff + counts.green_only:,} shuffled",
        detail=told,
        rule=rule,
        expected=bool(bad) and any_order,
    )


def judged(compared: TableComparison, further: Collection[CheckResult]) -> TableComparison:
    """The comparison of blue's and green's version with what was checked besides."""
    kept = [one for one in compared.checks if one.check not in NOT_ASKED]
    checks = (*further, *kept)
    return replace(compared, checks=checks, verdict=worst_of(one.verdict for one in checks))
