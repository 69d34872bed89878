"""Whether green's registered schema may follow blue's."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict


def check_schema(evidence: Evidence) -> CheckResult | None:
    """Noted, never a mismatch: green has its own subject, so only readers of both topics are concerned."""
    if evidence.blue is None or evidence.compatible is None:
        return None
    if evidence.compatible:
        verdict, detail = Verdict.MATCH, "green's schema may follow blue's"
    else:
        verdict, detail = Verdict.EXPECTED, "a reader made for blue's schema may not understand green's"
    return CheckResult(
        check="schema",
        verdict=verdict,
        blue=f"{evidence.blue.topic}-value",
        green=f"{evidence.green.topic}-value",
        detail=detail,
    )
