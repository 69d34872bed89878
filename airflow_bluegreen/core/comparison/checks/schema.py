"""Whether green's registered schema may follow blue's."""

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import CheckResult, Verdict

RULE = (
    "green's schema may follow blue's by the compatibility of blue's subject, unless the change explains it"
)


def check_schema(evidence: Evidence) -> CheckResult | None:
    """Never a failure: green has its own subject, so only readers of both topics are concerned."""
    if evidence.blue is None or evidence.compatible is None:
        return None
    expected = evidence.expected
    explained = bool(expected.changed or expected.added or expected.removed)
    if evidence.compatible:
        verdict, detail = Verdict.PASS, "green's schema may follow blue's"
    else:
        verdict = Verdict.PASS if explained else Verdict.WARN
        detail = "a reader made for blue's schema may not understand green's"
    if evidence.breaches:
        detail += "; " + "; ".join(evidence.breaches)
    return CheckResult(
        check="schema",
        verdict=verdict,
        blue=f"{evidence.blue.topic}-value",
        green=f"{evidence.green.topic}-value",
        detail=detail,
        rule=RULE,
        expected=explained and not evidence.compatible,
    )
