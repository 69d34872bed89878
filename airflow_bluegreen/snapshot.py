"""The shape of a project's lineage as one small file, from which a DAG is drawn without git and without SQL.

A DAG file is parsed again at each task start, and long before anybody says which release is wanted. So the
graph is drawn over the union of several refs, and the plan of a release then decides what of it runs.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from airflow_bluegreen.exceptions import BluegreenError, ConfigurationError, Where

if TYPE_CHECKING:
    from airflow_bluegreen.actions.list_releases import KnownRelease
    from airflow_bluegreen.core.lineage import Lineage
    from airflow_bluegreen.core.model import Plan, Project, ReleaseRecord, Table
    from airflow_bluegreen.ports import Narrator, RepositoryReader

_FORMAT = 1
_NEWEST_TAGS = 3
_MOST_RELEASES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTable:
    """A table as the DAG shows it: the project's tables that it reads, and whether statements fill it.

    ``filled_with`` are the tables with which statement sets are deployed that fill this one too. ``kind`` and
    ``product`` are those of the project's layout, ``path`` is the file that creates or fills it.
    """

    inputs: tuple[str, ...] = ()
    has_dml: bool = True
    filled_with: tuple[str, ...] = ()
    kind: str = ""
    product: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a DAG is drawn from: tables by logical name, and the commits (ref → sha) they come from."""

    project: str
    tables: Mapping[str, DrawnTable]
    refs: Mapping[str, str] = field(default_factory=dict)


def read_snapshot(path: Path) -> Snapshot | None:
    """The snapshot that the file holds, None where there is no file.

    :raises ConfigurationError: the file is not a snapshot.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        raw = json.loads(text)
        tables = {
            name: DrawnTable(
                inputs=tuple(table["inputs"]),
                has_dml=bool(table["has_dml"]),
                filled_with=tuple(table.get("filled_with", ())),
                kind=str(table.get("kind", "")),
                product=str(table.get("product", "")),
                path=str(table.get("path", "")),
            )
            for name, table in sorted(raw["tables"].items())
        }
        return Snapshot(project=raw["project"], tables=tables, refs=raw["refs"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"not a snapshot of a project: {type(error).__name__} {error}",
            where=Where(path=str(path)),
            remedy="Write it anew: bluegreen snapshot",
        ) from error


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write the file in one step; the same snapshot always gives the same bytes."""
    text = json.dumps({"format": _FORMAT, **asdict(snapshot)}, indent=1, sort_keys=True) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as part:
        part.write(text)
    os.replace(part.name, path)


def write_snapshot(project_path: str, refs: Sequence[str], path: Path) -> Snapshot:
    """Draw the union of the lineage at some refs and write it to ``path``.

    :param project_path: a git clone, a folder in one, or a bare repository.
    :param refs: tags, branches or commits, the one that counts most first. Without any, those of
        :func:`refs_to_draw`.
    :raises UnknownRefError: no such ref.
    :raises ProjectError: what a ref holds is not a project.
    """
    from airflow_bluegreen.clients.git import GitRepository

    snapshot = draw_snapshot(GitRepository(project_path), dict(zip(refs, refs, strict=True)))
    save_snapshot(snapshot, path)
    return snapshot


def draw_snapshot(
    repository: "RepositoryReader", refs: Mapping[str, str], say: "Narrator | None" = None
) -> Snapshot:
    """The union of the lineage at ``refs`` (name → commit, or any other ref), of which the first counts most.

    :param refs: none for those of :func:`refs_to_draw`.
    :param say: told of a ref, other than the first, that is left out because it cannot be read; without, it
        is an error.
    :raises UnknownRefError: no such ref.
    :raises ProjectError: what a ref holds is not a project.
    """
    from airflow_bluegreen.core.lineage import Lineage

    projects = _projects(repository, refs or refs_to_draw(repository), say)
    drawn: dict[str, DrawnTable] = {}
    for project in {id(project): project for project in projects.values()}.values():
        lineage = Lineage(project)
        for name in lineage.order():
            drawn[name] = _merged(drawn, name, _drawn(lineage, project.tables[name]))
    first = next(iter(projects.values()))
    refs_drawn = {ref: project.commit.sha for ref, project in projects.items() if project.commit}
    return Snapshot(project=first.name, tables=dict(sorted(drawn.items())), refs=refs_drawn)


def _projects(
    repository: "RepositoryReader", refs: Mapping[str, str], say: "Narrator | None"
) -> "Mapping[str, Project]":
    """By ref the project there, each commit read once."""
    from airflow_bluegreen.actions.read_release import load_project

    read: dict[str, Project] = {}
    found: dict[str, Project] = {}
    for ref, target in refs.items():
        try:
            read[target] = read.get(target) or load_project(repository, target)
        except BluegreenError as error:
            if say is None or not found:
                raise
            say(f"{ref} is not drawn: {error}")
            continue
        found[ref] = read[target]
    return found


def undrawn(snapshot_tables: Mapping[str, DrawnTable], plan: "Plan") -> tuple[str, ...]:
    """What of a plan the graph cannot deploy in the right order, one phrase each; empty when all is well."""
    missing: list[str] = []
    planned = {table.table: table for table in plan.tables if table.green is not None}
    for name, table in planned.items():
        drawn = snapshot_tables.get(name)
        if drawn is None:
            missing.append(f"table {name}")
            continue
        if table.filled and not drawn.has_dml:
            missing.append(f"the DML of {name}")
        owners = (one.table for one in table.shared)
        missing += [f"that {name} is filled with {one}" for one in owners if one not in drawn.filled_with]
        parents = (parent for parent in table.parents if parent in planned)
        missing += [f"that {name} reads {parent}" for parent in parents if parent not in drawn.inputs]
    return tuple(missing)


def _drawn(lineage: "Lineage", table: "Table") -> DrawnTable:
    return DrawnTable(
        inputs=lineage.inputs(table.name),
        has_dml=bool(table.dml or table.shared),
        filled_with=tuple(sorted({one.table for one in table.shared})),
        kind=table.kind,
        product=table.product,
        path=next((str(one.statement.where.path) for one in table.statements), ""),
    )


def _merged(drawn: Mapping[str, DrawnTable], name: str, table: DrawnTable) -> DrawnTable:
    """A table of a further ref joined to what is drawn, without the edges that would close a circle."""
    known = drawn.get(name)
    if known is None:
        return table
    added = {parent for parent in table.inputs if not _depends(drawn, parent, name)}
    return replace(
        known,
        inputs=tuple(sorted({*known.inputs, *added})),
        has_dml=known.has_dml or table.has_dml,
        filled_with=tuple(sorted({*known.filled_with, *table.filled_with})),
    )


def _depends(drawn: Mapping[str, DrawnTable], table: str, ancestor: str) -> bool:
    """Whether ``table`` is ``ancestor`` or reads it, directly or not."""
    seen: set[str] = set()
    waiting: list[str] = [table]
    while waiting:
        name = waiting.pop()
        if name == ancestor:
            return True
        if name not in seen and name in drawn:
            seen.add(name)
            waiting += drawn[name].inputs
    return False


def refs_to_draw(
    repository: "RepositoryReader", records: "Sequence[ReleaseRecord]" = ()
) -> Mapping[str, str]:
    """What a graph is to be drawn from so that any release may be asked for, ref → commit, what counts most
    first.

    HEAD and the main branch, what is live or in progress, the branches of releases that are not finished, and
    the release tags that are not older than what is live; where nothing is live, the newest three. What is in
    progress stays drawn as long as it is, for its run would lose its tasks.

    :param records: what the ledger of the environment holds.
    """
    from airflow_bluegreen.actions.list_releases import list_releases
    from airflow_bluegreen.core.branching import release_branch
    from airflow_bluegreen.core.configuration import FILE_NAME, read_configuration
    from airflow_bluegreen.core.lifecycle import in_progress, live_release

    head = repository.resolve("HEAD")
    configuration = read_configuration(repository.read_files(head, (FILE_NAME,)).get(FILE_NAME, ""))
    settings = configuration.git
    known = list_releases(repository, settings, configuration.release_tags, limit=_MOST_RELEASES)
    main = repository.branch_head(settings.main)
    begun = [record for record in (live_release(records), in_progress(records)) if record is not None]
    return {
        "HEAD": head.sha,
        **({settings.main: main.sha} if main else {}),
        **{record.release: record.commit for record in begun},
        **{release_branch(settings, one.version): one.commit.sha for one in known if not one.finished},
        **{one.version: one.commit.sha for one in _not_older(known, live_release(records))},
    }


def _not_older(known: "Sequence[KnownRelease]", live: "ReleaseRecord | None") -> "Sequence[KnownRelease]":
    """Of the releases, newest first, those with a tag that are not older than the live one."""
    finished = [one for one in known if one.finished]
    if live is not None:
        for number, one in enumerate(finished, 1):
            if live.commit == one.commit.sha or live.release == one.version:
                return finished[:number]
    return finished[:_NEWEST_TAGS]
