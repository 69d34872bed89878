"""In which share of the rows a column is null."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, ColumnMatch, Verdict

RULE = "NOT NULL columns have values; as many nulls as in blue, but for columns that the change touches"
_CLOSE = 1e-9


def check_nulls(evidence: Evidence) -> CheckResult | None:
    """No null where the DDL forbids it; of rows that both sides hold, as many nulls as in blue."""
    found = evidence.inspection
    if found is None or not found.nulls:
        return None
    forbidden = [
        one.name for one in evidence.columns if not one.nullable and (found.nulls.get(one.name) or 0) > 0
    ]
    moved = [one for one in found.columns if _moved(one)]
    surprising = (
        [] if _may_move(evidence) else [one for one in moved if not one.expected and not one.left_out]
    )
    details = [
        *(f"{name} is NOT NULL, and null in {found.nulls[name]:.2%}" for name in forbidden),
        *(f"{one.column} {one.blue_nulls:.2%} → {one.green_nulls:.2%}" for one in moved),
    ]
    bad = bool(forbidden or surprising)
    return CheckResult(
        check="nulls",
        verdict=Verdict.FAIL if bad else Verdict.PASS,
        blue="" if evidence.blue is None else f"{sum(bool(one.blue_nulls) for one in found.columns)} columns",
        green=f"{sum(bool(share) for share in found.nulls.values())} columns",
        detail=", ".join(details) or "as many nulls as in blue"
        if evidence.blue
        else "no null that is forbidden",
        rule=RULE,
        expected=bool(moved) and not bad,
    )


def _may_move(evidence: Evidence) -> bool:
    """Where rows are missing or new, shares follow from that, and it is the keys' to be judged."""
    counts = evidence.keys
    return evidence.expected.rows_may_change or bool(counts.blue_only or counts.green_only)


def _moved(one: ColumnMatch) -> bool:
    blue, green = one.blue_nulls, one.green_nulls
    return blue is not None and green is not None and abs(blue - green) > _CLOSE
