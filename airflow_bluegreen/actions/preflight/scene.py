"""What every look is given, and how a refusal becomes a finding."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from airflow_bluegreen.actions.catalog import input_topics, session_tables
from airflow_bluegreen.actions.planned import is_view
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.flink_plan import EXPLAINED
from airflow_bluegreen.core.model import (
    Finding,
    Job,
    Plan,
    PlannedStatement,
    PlannedTable,
    Profile,
    Project,
    Topic,
)
from airflow_bluegreen.exceptions import AccessError, RefusedError, StatementError, Where
from airflow_bluegreen.ports import Platform, TopicReader

EXPLAINERS = 2
"""Statements that Flink plans at a time."""

Explanation = str | StatementError


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The release and what is there before it.

    ``explained`` has Flink's plan of every green statement, or why it has none, by table and statement name;
    ``topic`` tells what Kafka says of a topic, which is asked for once.
    """

    platform: Platform
    plan: Plan
    profile: Profile
    project: Project
    jobs: tuple[Job, ...]
    explained: Mapping[tuple[str, str], Explanation]
    topic: Callable[[str], Topic | None]

    def green_statements(self) -> Iterator[tuple[PlannedTable, PlannedStatement]]:
        """Every statement that the release starts."""
        return _green_statements(self.plan)

    def green_topics(self) -> Iterator[PlannedTable]:
        """The tables that get a green topic: no views, no removed ones."""
        return (one for one in self.plan.tables if one.green is not None and not is_view(one))


def set_scene(platform: Platform, plan: Plan, profile: Profile) -> Scene:
    """Ask what all looks need. Raises TransientError when a server cannot be reached."""
    return Scene(
        platform=platform,
        plan=plan,
        profile=profile,
        project=load_project(platform.repository, plan.release.sha, platform.front_end),
        jobs=platform.jobs.jobs(),
        explained=_explained(platform, plan, profile),
        topic=_topics_at_once(platform.topics, plan),
    )


def _topics_at_once(topics: TopicReader, plan: Plan) -> Callable[[str], Topic | None]:
    """Tells of a topic; those of the plan's tables are asked for all together.

    Where we may not see one of them, or its name is none for Kafka, each is asked for when it is looked at:
    the refusal is told there.
    """
    tables = (planned for planned in plan.tables if not is_view(planned))
    asked = {name for planned in tables for name in (planned.blue, planned.green) if name}
    for planned in plan.tables:
        with suppress(RefusedError):  # the look that asks for its inputs tells it, with its place
            asked |= set(input_topics(plan, planned))
    try:
        known = topics.described(*sorted(asked))
    except RefusedError:
        return cache(topics.topic)
    alone = cache(topics.topic)
    return lambda name: known.get(name) if name in asked else alone(name)


def findings_of(
    look: str, table: str, asked: Callable[[], Iterable[Finding]], where: Where | None = None
) -> list[Finding]:
    """What was found; a refusal ends the asking and is a finding itself.

    :param where: the place of a refusal that names none.
    """
    found: list[Finding] = []
    try:
        found.extend(asked())
    except AccessError:
        pass  # the look at what we may do asks for every topic, and tells it in full
    except RefusedError as error:
        found.append(
            Finding(look=look, table=table, what=error.what, where=error.where or where, remedy=error.remedy)
        )
    return found


def place_of(planned: PlannedTable) -> Where | None:
    """Where the table is created."""
    return planned.ddl.where if planned.ddl else None


def _green_statements(plan: Plan) -> Iterator[tuple[PlannedTable, PlannedStatement]]:
    return (
        (planned, statement)
        for planned in plan.tables
        if planned.green is not None
        for statement in planned.dml
    )


def _explained(platform: Platform, plan: Plan, profile: Profile) -> Mapping[tuple[str, str], Explanation]:
    def explain(asked: tuple[PlannedTable, PlannedStatement]) -> Explanation:
        _, statement = asked
        try:
            catalog = session_tables(statement, profile, platform.endpoints)
            return platform.gateway.explain(catalog, statement.sql, details=EXPLAINED)
        except StatementError as error:
            return error
        except RefusedError as error:  # the profile cannot be applied to a table: as good as a rejection
            return StatementError(error.what, where=error.where, remedy=error.remedy)

    asked = list(_green_statements(plan))
    with ThreadPoolExecutor(max_workers=EXPLAINERS) as threads:
        answers = list(threads.map(explain, asked))
    return {
        (planned.table, statement.name): answer
        for (planned, statement), answer in zip(asked, answers, strict=True)
    }
