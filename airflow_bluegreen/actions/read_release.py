"""From a ref to a plan: reads git and the ledger, writes nothing."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from airflow_bluegreen.actions.ledger import moved_error
from airflow_bluegreen.actions.source_schemas import newer, read_source_schemas
from airflow_bluegreen.core.lifecycle import in_progress, live_names, live_release
from airflow_bluegreen.core.model import Commit, Plan, Project, ReleaseRecord, Start
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import PROJECT_SUFFIXES, read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import ReleaseReader, RepositoryReader, SchemaReader


class ReadablePlatform(Protocol):
    """The readers that planning needs; a :class:`~airflow_bluegreen.ports.Platform` is one."""

    @property
    def repository(self) -> RepositoryReader: ...

    @property
    def releases(self) -> ReleaseReader: ...

    @property
    def schemas(self) -> SchemaReader: ...

    @property
    def front_end(self) -> FrontEnd: ...


def load_project(repository: RepositoryReader, ref: str, front_end: FrontEnd | None = None) -> Project:
    """The project as a tag, branch or sha holds it. Raises UnknownRefError, or ProjectError for what it
    holds.
    """
    return _project_at(repository, repository.resolve(ref), front_end)


def plan_release(
    platform: ReadablePlatform,
    *,
    environment: str,
    release: str,
    base: str | None = None,
    tables: Sequence[str] = (),
    start: Mapping[str, Start] | None = None,
) -> Plan:
    """The plan of a release in an environment.

    :param release: tag, branch or sha to deploy.
    :param base: what it is compared with; None for what the ledger says is live. Where nothing was released
        yet, that is the latest release tag before, else nothing: every table is new.
    :param tables: logical names to add to the plan.
    :param start: how single tables start, instead of as the project says.

    A release in progress gets the plan it was begun with, so that running it again does the same. Raises
    ConflictError when its ref points to another commit by now, when it was begun with another start, or when
    a schema that its tables read has moved on in a way that its environment does not allow.
    """
    records = platform.releases.records()
    commit, running = platform.repository.resolve(release), in_progress(records)
    if running is not None and running.release == commit.ref:
        return _plan_begun(running, commit, start or {})
    project = _project_at(platform.repository, commit, platform.front_end)
    live = live_release(records)
    schemas = read_source_schemas(platform.schemas, records, project, environment)
    before = _base_commit(platform.repository, live, commit, base, project.release_tags)
    return make_plan(
        project=project,
        base=_project_at(platform.repository, before, platform.front_end) if before else None,
        environment=environment,
        live=live_names(records),
        base_release=live.release if live else (before.ref if before else None),
        wishes=Wishes(requested=tuple(tables), schema_changes=newer(schemas), start=start or {}),
        source_schemas=schemas,
        front_end=platform.front_end,
        live_plan=live.plan if live else None,
    )


def _plan_begun(running: ReleaseRecord, commit: Commit, start: Mapping[str, Start]) -> Plan:
    if running.commit != commit.sha:
        raise moved_error(running, commit.sha)
    for planned in running.plan.tables:
        begun = planned.start.start
        asked = start.get(planned.table) or start.get(planned.green or "")
        if asked not in (None, begun):
            raise ConflictError(
                f"{planned.table} of {running.release} was begun with start {begun}, not {asked}",
                remedy="Go on without it, or roll the release back and release it again",
            )
    return running.plan


def deployed_plan(
    repository: RepositoryReader, ref: str, environment: str, front_end: FrontEnd | None = None
) -> Plan:
    """Every table of a commit as it is deployed: a plan over nothing, in which each table is a green one."""
    project = load_project(repository, ref, front_end)
    return make_plan(
        project=project,
        base=None,
        environment=environment,
        live={},
        base_release=None,
        front_end=front_end,
    )


def plan_over(
    repository: RepositoryReader, release: Commit, base: Commit | None
) -> tuple[Plan, Mapping[str, str]]:
    """The plan of a commit over another one, both as git has them, no environment asked.

    With it the physical name of each table as the commit's text has it now, by logical name. A base of None
    makes every table a new one.
    """
    project = _project_at(repository, release)
    plan = make_plan(
        project=project,
        base=_project_at(repository, base) if base else None,
        environment=next(iter(project.profiles), "default"),
        live={},
        base_release=base.ref if base else None,
        wishes=Wishes(),
    )
    return plan, {name: table.physical for name, table in project.tables.items()}


def _base_commit(
    repository: RepositoryReader, live: ReleaseRecord | None, release: Commit, base: str | None, tags: str
) -> Commit | None:
    if base is not None:
        return repository.resolve(base)
    if live is not None:
        return Commit(ref=live.release, sha=repository.resolve(live.rewrite_sha or live.commit).sha)
    return repository.latest_tag_before(release.ref, tags)


def _project_at(repository: RepositoryReader, commit: Commit, front_end: FrontEnd | None = None) -> Project:
    return read_project(repository.read_files(commit, PROJECT_SUFFIXES), commit, front_end)
