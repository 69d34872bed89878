"""Aggregates that the project names, group by group."""

from airflow_bluegreen.core.comparison.evidence import Evidence, GroupDifference
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_groups(evidence: Evidence) -> CheckResult | None:
    """Rows and sums of each group are blue's, unless rows may change or the change touches a column of it."""
    found = evidence.inspection
    if found is None or not found.groups:
        return None
    missing = sorted({name for one in found.groups for name in one.missing})
    differing = [one for one in found.groups if one.differing]
    surprising = [one for one in differing if not _is_explained(evidence, one)]
    verdict = Verdict.FAIL if surprising else Verdict.WARN if missing else Verdict.PASS
    details = [_told(one) for one in differing]
    if missing:
        details.append(f"not checked: the records lack {', '.join(missing)}")
    return CheckResult(
        check="groups",
        verdict=verdict,
        blue=f"{sum(one.groups for one in found.groups):,} groups",
        green=f"{sum(one.groups - one.differing for one in found.groups):,} equal",
        detail=("; ".join(details) or "every group is the same")
        + ("" if found.complete else "; by a sample of the keys"),
        rule="groups of comparison.groups are blue's, unless the change explains it",
        expected=bool(differing) and verdict is Verdict.PASS,
    )


def _is_explained(evidence: Evidence, one: GroupDifference) -> bool:
    touched = {*one.grouping.by, *one.grouping.of} & set(evidence.expected.changed)
    return evidence.expected.rows_may_change or bool(touched)


def _told(one: GroupDifference) -> str:
    labels, numbers = one.examples[0]
    pairs = [f"rows {numbers[0] or 0:g} → {numbers[1] or 0:g}"]
    pairs += (
        f"{name} {numbers[2 + 2 * at] or 0:.6g} → {numbers[3 + 2 * at] or 0:.6g}"
        for at, name in enumerate(one.grouping.of)
    )
    where = ", ".join(f"{name} {label}" for name, label in zip(one.grouping.by, labels, strict=True))
    by = ", ".join(one.grouping.by)
    return f"{one.differing:,} groups by {by} differ, such as {where}: {', '.join(pairs)}"
