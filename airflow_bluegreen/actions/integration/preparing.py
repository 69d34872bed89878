"""What a test will be: its tables under their own names, its sources and their records. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.inspecting.timing import time_column
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Engine,
    EngineSettings,
    IntegrationSettings,
    Plan,
    Profile,
    Project,
    SourceWishes,
    TableDefinition,
)
from airflow_bluegreen.core.reading import parse_file
from airflow_bluegreen.core.selection import selected_names
from airflow_bluegreen.core.sql import topic_of, value_subject
from airflow_bluegreen.core.synthetic.apart import refuse_outside, run_name, run_profile
from airflow_bluegreen.core.synthetic.columns import record_schema
from airflow_bluegreen.core.synthetic.isolating import FedTable, Isolation, isolate
from airflow_bluegreen.core.synthetic.tracing import unique_columns, usage_of, written_keys
from airflow_bluegreen.core.synthetic.traits import Raw, Traits, Usage, traits_of
from airflow_bluegreen.core.synthetic.writing import Wire, wire_of
from airflow_bluegreen.exceptions import ConfigurationError, RefusedError
from airflow_bluegreen.ports import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What whoever starts a test wants otherwise than ``bluegreen.yaml`` says; None and empty: as it says."""

    select: tuple[str, ...] = ()
    seed: int | None = None
    records: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A test, ready to be made.

    ``sessions`` are the CREATE and SET texts of each statement, by its job's name; ``definitions`` the tables
    as Flink gets them, by physical name; ``wires`` how each source is written.
    """

    plan: Plan
    profile: Profile
    settings: IntegrationSettings
    isolation: Isolation
    sessions: Mapping[str, tuple[str, ...]]
    definitions: Mapping[str, TableDefinition]
    usage: Usage
    traits: tuple[Traits, ...]
    wires: Mapping[str, Wire] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the names of all that it makes begin with."""
        return self.isolation.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A table as selectors see it."""

    inputs: tuple[str, ...]
    filled_with: tuple[str, ...]
    kind: str
    product: str
    path: str


def prepare(platform: Platform, plan: Plan, profile: Profile, asked: Asked) -> Trial:
    """Decide a test of a release; reads git and the registry, changes nothing.

    Raises RefusedError where there is nothing to test, ConfigurationError for what cannot be tested apart
    from the rest, ProjectError for statements that cannot be deployed either.
    """
    if profile.dialect != "open-source":
        raise ConfigurationError(
            f"environment {profile.name} has dialect {profile.dialect}, whose topics are not ours to make",
            remedy="Test in an environment with dialect: open-source",
        )
    release = load_project(platform.repository, plan.release.sha, platform.front_end)
    base = load_project(platform.repository, plan.base.sha, platform.front_end) if plan.base else None
    settings = _settings(release.integration, asked)
    isolation = isolate(
        release,
        base,
        plan,
        _selected(release, plan, settings.select),
        name=run_name(release.name, profile.name, plan.release.ref, settings.seed),
        environment=plan.environment,
        front_end=platform.front_end,
    )
    own = replace(run_profile(profile, isolation.name), comparing=EngineSettings(engine=Engine.EMBEDDED))
    sessions = {
        one.job_name: session_tables(one.planned, own, platform.endpoints) for one in isolation.statements
    }
    trial = Trial(
        plan=plan,
        profile=own,
        settings=settings,
        isolation=isolation,
        sessions=sessions,
        definitions=_definitions(isolation, sessions),
        usage=usage_of(release, _telling(release, isolation), plan.environment, platform.front_end),
        traits=(),
    )
    return _with_sources(platform, trial)


def name_of(platform: Platform, plan: Plan, profile: Profile, asked: Asked) -> str:
    """The name of the test that :func:`prepare` would decide, whether or not it can be made."""
    release = load_project(platform.repository, plan.release.sha, platform.front_end)
    return run_name(release.name, profile.name, plan.release.ref, _settings(release.integration, asked).seed)


def _settings(known: IntegrationSettings, asked: Asked) -> IntegrationSettings:
    return replace(
        known,
        select=asked.select or known.select,
        seed=known.seed if asked.seed is None else asked.seed,
        records=known.records if asked.records is None else asked.records,
    )


def _selected(project: Project, plan: Plan, select: Sequence[str]) -> frozenset[str]:
    """As the selectors say, else the tables that the release brings up."""
    if not select:
        found = {planned.table for planned in plan.tables if planned.green is not None}
        if not found:
            raise RefusedError(
                f"release {plan.release.ref} brings up no table, so there is nothing to test",
                remedy="Name tables with --select",
            )
        return frozenset(found)
    lineage = Lineage(project)
    drawn = {
        name: _Drawn(
            inputs=lineage.inputs(name),
            filled_with=tuple(sorted({one.table for one in table.shared})),
            kind=table.kind,
            product=table.product,
            path=next((one.statement.where.path for one in table.statements), ""),
        )
        for name, table in project.tables.items()
    }
    found = selected_names(drawn, select)
    filled = frozenset(name for name in found if project.tables[name].dml or project.tables[name].shared)
    return filled or frozenset(found)


def _telling(project: Project, isolation: Isolation) -> tuple[str, ...]:
    """The tables whose statements tell what the records mean, parents first: those of the test, and all that
    read the same, tested or not.
    """
    lineage, tested = Lineage(project), set(isolation.order)
    sources = {one.source for one in isolation.sources}
    return tuple(
        name
        for name in lineage.order()
        if name in tested
        or tested & set(lineage.inputs(name))
        or sources & {*lineage.inputs(name), *lineage.external_inputs(name)}
    )


def _definitions(
    isolation: Isolation, sessions: Mapping[str, tuple[str, ...]]
) -> Mapping[str, TableDefinition]:
    """As Flink gets them. For one statement a table may have a watermark, for others none.

    Raises ConfigurationError when the text of any session leads out of the test.
    """
    found: dict[str, TableDefinition] = {}
    for one in isolation.statements:
        for table, text in zip(one.planned.catalog, sessions[one.job_name], strict=True):
            definition = parse_file(text, table.physical)[0].definition if table.physical else None
            if definition is None:
                continue
            refuse_outside(definition, table.physical, isolation.name)
            if table.physical not in found or found[table.physical].watermark is None:
                found[table.physical] = definition
    return found


def _with_sources(platform: Platform, trial: Trial) -> Trial:
    wires: dict[str, Wire] = {}
    raws: list[Raw] = []
    for fed in trial.isolation.sources:
        definition = trial.definitions[(*fed.in_order, *fed.shuffled)[0]]
        wires[fed.source] = wire_of(fed.source, definition)
        raws.append(_raw(platform, trial, fed, definition, wires[fed.source]))
    unknown = sorted(trial.settings.sources.keys() - _known_sources(trial))
    if unknown:
        raise ConfigurationError(
            f"integration_test.sources names {unknown[0]}, which is no source of the project",
            remedy=f"Sources are {', '.join(sorted(_known_sources(trial)))}",
        )
    return replace(trial, wires=wires, traits=traits_of(raws, trial.usage))


def _known_sources(trial: Trial) -> set[str]:
    release = trial.isolation.release
    return {*release.external.get(trial.plan.environment, {}), *release.tables}


def _raw(platform: Platform, trial: Trial, fed: FedTable, definition: TableDefinition, wire: Wire) -> Raw:
    time = time_column(definition.watermark, "")
    return Raw(
        source=fed.source,
        schema=record_schema(definition, _registered(platform, trial, fed.source, wire)),
        wishes=trial.settings.sources.get(fed.source, SourceWishes()),
        records=trial.settings.records,
        changelog=wire.changelog,
        primary_key=definition.primary_key,
        event_time=time.column if time else "",
        bound_ms=None if time is None else int(time.delay_ms or 0),
        written_keys=written_keys(trial.isolation.release, trial.usage, fed.source),
        unique=unique_columns(trial.isolation.release, trial.usage, fed.source),
    )


def _registered(platform: Platform, trial: Trial, source: str, wire: Wire) -> str:
    """The newest schema of the real topic's values; empty where there is none, or where it is not used."""
    if not wire.value_format.endswith("avro-confluent"):
        return ""
    found = platform.schemas.latest(_real_subject(trial, source))
    return found.schema if found is not None and found.type == "AVRO" else ""


def _real_subject(trial: Trial, source: str) -> str:
    release = trial.isolation.release
    declared = release.external.get(trial.plan.environment, {}).get(source)
    table = release.tables.get(source)
    definition = declared.definition if declared else table.definition if table else None
    physical = source if declared or table is None else table.physical
    if definition is None:
        return f"{physical}-value"
    return value_subject(definition.options) or f"{topic_of(definition, physical) or physical}-value"
