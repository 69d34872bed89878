"""The report as JSON for programs."""

import json
from dataclasses import asdict

from airflow_bluegreen import __version__
from airflow_bluegreen.core.comparison.as_json import comparisons_json
from airflow_bluegreen.core.published import plan_json
from airflow_bluegreen.report.cells import unified
from airflow_bluegreen.report.content import Report, explained, headline, spared, unexplained


def json_text(report: Report) -> str:
    """``{"headline", "generated_at", "not_explained", "expected", "spared", "tables", "plan", "cut_over",
    "preflight", "rewritten", "version"}``.

    ``plan`` is what ``docs/reference/plan.schema.json`` describes, with the costs where they are known;
    ``tables`` what ``bluegreen compare --json`` prints;
    ``cut_over`` is null before the cut-over; ``preflight`` but in a dry run; ``rewritten`` is a unified diff.
    """
    document = {
        "headline": asdict(headline(report)),
        "generated_at": report.generated_at,
        "not_explained": [asdict(one) for one in unexplained(report)],
        "expected": [asdict(one) for one in explained(report)],
        "spared": [asdict(one) for one in spared(report)],
        "standings": dict(report.standings),
        "tables": comparisons_json(report.comparisons)["tables"],
        "plan": json.loads(plan_json(report.plan, report.cost)),
        "cut_over": report.cut_over,
        "preflight": report.preflight,
        "rewritten": unified(report.sources, report.plan.rewritten),
        "version": __version__,
    }
    return json.dumps(document, indent=2)
