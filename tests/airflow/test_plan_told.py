"""What the log of ``plan`` tells: the plan, why each table is in it, and what it costs, folded."""

from typing import Any

from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.hooks.platform import Site
from airflow_bluegreen.operators.plan_told import known_cost, tell_plan
from tests.airflow.golden_world import PROFILE, live_cluster


class Lines:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, line: str, *arguments: object) -> None:
        self.lines.append(line % arguments if arguments else line)

    warning = info

    def folded(self, title: str) -> list[str]:
        begin = self.lines.index(f"::group::{title}")
        return self.lines[begin + 1 : self.lines.index("::endgroup::", begin)]


def told() -> Lines:
    cluster, log = live_cluster(), Lines()
    plan = plan_release(cluster.platform, environment="local", release="v1.0.1")
    site: Any = Site(platform=cluster.platform, profile=PROFILE)
    tell_plan(plan, log)
    assert known_cost(site, plan, log) is not None
    return log


def test_each_table_has_a_line_with_its_reason() -> None:
    why = told().folded("Why each table is in the release")
    assert [line.partition(":")[0] for line in why] == ["int_3_v2", "fact_2_v2", "fact_3_v2", "view32"]
    assert why[1].startswith("fact_2_v2: side-effect: int_3 → fact_2")


def test_the_plan_is_open_and_the_costs_are_folded_under_their_sum() -> None:
    log = told()
    assert any("int_3_v2" in line for line in log.lines[: log.lines.index("::endgroup::")])
    assert any("rebuild" in line for line in log.folded("What it costs"))
    assert "running statements stay" in log.lines[-1]
