"""What is there: noted when a release begins, and looked at again to compare."""

from collections.abc import Iterable

from airflow_bluegreen.actions.jobs import filled_table
from airflow_bluegreen.actions.planned import subjects
from airflow_bluegreen.core.drift import Expected, Found
from airflow_bluegreen.core.model import ConnectorState, Job, Plan, Surroundings
from airflow_bluegreen.core.versioning import logical, unqualified
from airflow_bluegreen.ports import JobReader, Platform


def look_around(platform: Platform, plan: Plan) -> Surroundings:
    """What runs now of all that the plan may change or leave alone; reads only."""
    blue = tuple(planned.blue for planned in plan.tables if planned.blue)
    topics = platform.topics.described(*blue)
    return Surroundings(
        jobs=tuple(job for _, job in jobs_of(platform.jobs, plan.environment, tables_of(plan))),
        topics=tuple(name for name in blue if name in topics),
        subjects=tuple(
            subject
            for name in blue
            for subject in subjects(name)
            if platform.schemas.latest(subject) is not None
        ),
        connectors=tuple(
            platform.connectors.connector(planned.name) or ConnectorState(name=planned.name, config=None)
            for planned in plan.connectors
        ),
    )


def tables_of(plan: Plan) -> frozenset[str]:
    """The logical tables of a project, those that the release removes too."""
    return frozenset(plan.physical) | {planned.table for planned in plan.tables}


def jobs_of(reader: JobReader, environment: str, tables: Iterable[str]) -> tuple[tuple[str, Job], ...]:
    """(physical table, job) of every running job that fills one of these logical tables, in any version."""
    known = frozenset(tables)
    filled = ((filled_table(job, environment), job) for job in reader.jobs())
    return tuple((table, job) for table, job in filled if table and logical(unqualified(table)) in known)


def look_for(platform: Platform, expected: Expected, environment: str, tables: Iterable[str]) -> Found:
    """What is there of all that is expected, or expected to be gone; reads only.

    :param tables: the logical tables whose jobs are looked at.
    """
    topics = platform.topics.described(*(one.name for one in expected.topics), *expected.gone_topics)
    connectors = (*(one.name for one in expected.connectors), *expected.gone_connectors)
    subjects_asked = (*expected.subjects, *expected.gone_subjects)
    return Found(
        jobs=jobs_of(platform.jobs, environment, tables),
        topics=topics,
        subjects=frozenset(name for name in subjects_asked if platform.schemas.latest(name) is not None),
        connectors={name: platform.connectors.connector(name) for name in connectors},
    )
