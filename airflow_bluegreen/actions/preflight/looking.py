"""All looks, one after the other, and what is said of them."""

from collections.abc import Callable, Iterable

from airflow_bluegreen.actions.ledger import find
from airflow_bluegreen.actions.preflight.access import look_at_access
from airflow_bluegreen.actions.preflight.blue import look_at_blue
from airflow_bluegreen.actions.preflight.capacity import look_at_capacity
from airflow_bluegreen.actions.preflight.connectors import look_at_connectors
from airflow_bluegreen.actions.preflight.lake import look_at_lake
from airflow_bluegreen.actions.preflight.lineage import look_at_lineage
from airflow_bluegreen.actions.preflight.names import look_at_names
from airflow_bluegreen.actions.preflight.scene import Scene, set_scene
from airflow_bluegreen.actions.preflight.schemas import look_at_schemas
from airflow_bluegreen.actions.preflight.starts import look_at_starts
from airflow_bluegreen.actions.preflight.statements import STATEMENTS, look_at_statements
from airflow_bluegreen.actions.requirements import note_requirements
from airflow_bluegreen.core.findings import listed, refused, report_lines, summary
from airflow_bluegreen.core.model import Finding, Phase, Plan, Profile, Severity
from airflow_bluegreen.exceptions import ConflictError, RefusedError, StatementError
from airflow_bluegreen.ports import Narrator, Platform

Look = Callable[[Scene], Iterable[Finding]]

LOOKS: tuple[Look, ...] = (
    look_at_statements,
    look_at_starts,
    look_at_lineage,
    look_at_blue,
    look_at_names,
    look_at_schemas,
    look_at_connectors,
    look_at_lake,
    look_at_access,
    look_at_capacity,
)

_PAST = frozenset({Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE})


def preflight(platform: Platform, plan: Plan, profile: Profile, say: Narrator) -> None:
    """Look at everything and report it; a release that is past its cut-over is not looked at any more.

    Raises StatementError when Flink rejects a statement, else ConflictError when anything else was found.
    One finding is the error; of several the report is said and the error counts them. Without any, what blue
    is goes to the ledger, and is required again at the cut-over.
    """
    record = find(platform, plan.release.ref)
    if record is not None and record.phase in _PAST:
        say(f"release {plan.release.ref} is {record.phase}, past its preflight: blue may be gone by design")
        return
    findings = look_ahead(platform, plan, profile)
    told = findings if len(refused(findings)) > 1 else tuple(one for one in findings if not is_refusing(one))
    for line in report_lines(told):
        say(line)
    error = refusal(plan, findings)
    if error is not None:
        raise error
    if record is not None:
        note_requirements(platform, plan)
    say(summary(plan, findings))


def look_ahead(platform: Platform, plan: Plan, profile: Profile) -> tuple[Finding, ...]:
    """All findings and warnings, findings first, each of them grouped by table in the plan's order.

    Raises TransientError when a server cannot be reached: then nothing can be known.
    """
    scene = set_scene(platform, plan, profile)
    return listed(plan, (finding for look in LOOKS for finding in look(scene)))


def is_refusing(finding: Finding) -> bool:
    """Whether it refuses the release."""
    return finding.severity is Severity.FINDING


def refusal(plan: Plan, findings: Iterable[Finding]) -> RefusedError | None:
    """The error that the findings are, None where all are warnings."""
    bad = refused(findings)
    if not bad:
        return None
    kind = StatementError if any(one.look == STATEMENTS for one in bad) else ConflictError
    if len(bad) == 1:
        return kind(bad[0].what, where=bad[0].where, remedy=bad[0].remedy)
    return kind(summary(plan, bad), remedy="Mend what is listed above, then run it again")
