"""What a preflight tells: findings first, by table; as lines for people and as JSON for programs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from airflow_bluegreen.core.model import Finding, Plan, Severity

_EVERYWHERE = "the environment"


def listed(plan: Plan, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without repetitions, findings before warnings, each by table in the plan's order.

    What two looks stumbled over in the same place is told once.
    """
    order = {planned.table: number for number, planned in enumerate(plan.tables)}
    once: dict[tuple[Severity, str, str], Finding] = {}
    for finding in findings:
        once.setdefault((finding.severity, finding.table, finding.what), finding)
    return tuple(
        sorted(
            once.values(),
            key=lambda one: (one.severity is Severity.WARNING, order.get(one.table, len(order)), one.table),
        )
    )


def refused(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that refuse the release."""
    return tuple(one for one in findings if one.severity is Severity.FINDING)


def summary(plan: Plan, findings: Sequence[Finding]) -> str:
    """One line: how many of what, and of which tables."""
    bad = refused(findings)
    if bad:
        of = ", ".join(dict.fromkeys(one.table or _EVERYWHERE for one in bad))
        return f"preflight of {plan.release.ref} found {_counted(len(bad), 'problem')} (in {of})"
    statements = sum(len(planned.dml) for planned in plan.tables if planned.green)
    warned = f", {_counted(len(findings), 'warning')}" if findings else ""
    return (
        f"preflight passed: {statements} statements explained, {len(plan.connectors)} connectors as"
        f" required{warned}"
    )


def report_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A heading for each kind, a line for each table, and one for each finding below it."""
    for severity, kind in groupby(findings, key=lambda one: one.severity):
        of_kind = list(kind)
        yield f"{_counted(len(of_kind), severity)}:"
        for table, of_table in groupby(of_kind, key=lambda one: one.table):
            yield f"  {table or _EVERYWHERE}"
            yield from (f"    {one.look}: {one}" for one in of_table)


def findings_json(plan: Plan, findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings for programs; ``passed`` where none of them refuses the release."""
    return {
        "release": plan.release.ref,
        "environment": plan.environment,
        "passed": not refused(findings),
        "findings": [
            {
                "severity": one.severity.value,
                "look": one.look,
                "table": one.table or None,
                "what": one.what,
                "where": str(one.where) if one.where else None,
                "remedy": one.remedy or None,
            }
            for one in findings
        ],
    }


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
