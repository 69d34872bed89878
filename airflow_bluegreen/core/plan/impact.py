"""Which tables a release touches, why, and what every table is called before and after."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from airflow_bluegreen.core.changes import TableChange
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Project, Start, Trigger
from airflow_bluegreen.core.project import meant_table
from airflow_bluegreen.core.versioning import logical, physical, version_of

LONGEST_PATH = 24
GAP = "…"
"""Stands in a path for the tables that were left out of it."""

_NO_WALK = frozenset({Trigger.NEW, Trigger.REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The tables of a release.

    ``triggers`` why each impacted table is in the plan, ``paths`` the way through the lineage from the table
    that is the cause; ``blue`` the live names (none for a new table); ``names`` the name every table has
    afterwards.
    """

    triggers: Mapping[str, Trigger]
    paths: Mapping[str, tuple[str, ...]]
    blue: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person, or the registry, adds to the changes.

    :param requested: tables to rebuild although they did not change, logical or physical names.
    :param schema_changes: tables whose registry subject has a newer version than the one they started with,
        logical or physical names.
    :param only: the tables whose changes count, logical names; None for all.
    :param descendants: whether the tables that depend on those come along; if not, they keep reading blue.
    :param least_version: the lowest version that a green table may get.
    :param prune: whether readers that a change cannot reach stay with blue; None as the project says.
    :param start: how single tables start, by logical name, instead of as the project says.
    """

    requested: Sequence[str] = ()
    schema_changes: Sequence[str] = ()
    only: frozenset[str] | None = None
    descendants: bool = True
    least_version: int = 2
    prune: bool | None = None
    start: Mapping[str, Start] = field(default_factory=dict)

    def chooses(self, table: str) -> bool:
        """Whether a change of that table counts."""
        return self.only is None or table in self.only


def assess(
    project: Project,
    base: Project | None,
    lineage: Lineage,
    changes: Iterable[TableChange],
    live: Mapping[str, str],
    wishes: Wishes,
    staying: frozenset[str] = frozenset(),
) -> Impact:
    """Walk the lineage from what changed. Raises UnknownTableError for a wish that is no table.

    :param staying: tables that stay with blue although they read what changed.
    """
    written = {name: table.physical for name, table in base.tables.items()} if base else {}
    blue = {**written, **live}
    triggers = dict(_direct(project, lineage, changes, blue, wishes))
    paths: dict[str, tuple[str, ...]] = {table: (table,) for table in triggers}
    _walk(lineage, triggers, paths, staying, descendants=wishes.descendants)
    names = {
        table: _green(declared.physical, blue.get(table), wishes.least_version)
        if table in triggers
        else blue.get(table, declared.physical)
        for table, declared in project.tables.items()
    }
    return Impact(triggers=triggers, paths=paths, blue=blue, names=names)


def _direct(
    project: Project,
    lineage: Lineage,
    changes: Iterable[TableChange],
    blue: Mapping[str, str],
    wishes: Wishes,
) -> Iterator[tuple[str, Trigger]]:
    """Why a table is in the plan by itself; a later pair for the same table is the stronger reason."""
    for name in lineage.require_all(meant_table(project, name) for name in wishes.requested):
        yield name, Trigger.REQUESTED
    for name in lineage.require_all(meant_table(project, name) for name in wishes.schema_changes):
        yield name, Trigger.SCHEMA_CHANGE
    for change in filter(lambda one: wishes.chooses(one.table), changes):
        if change.removed:
            yield change.table, Trigger.REMOVED
        elif change.semantic and change.table in blue:
            yield change.table, Trigger.MODIFIED
    for table in project.tables:
        if table not in blue and wishes.chooses(table):
            yield table, Trigger.NEW


def _walk(
    lineage: Lineage,
    triggers: dict[str, Trigger],
    paths: dict[str, tuple[str, ...]],
    staying: frozenset[str],
    *,
    descendants: bool,
) -> None:
    """Add everything that depends on a table that gets another name, by a shortest way; without descendants
    only the tables that the same statement sets fill.

    A new table is no start: whoever reads it was modified for that, or reads the name that it had outside
    before.
    """
    position = {table: index for index, table in enumerate(lineage.order())}
    starts = (table for table, trigger in triggers.items() if trigger not in _NO_WALK)
    queue = deque(sorted(starts, key=position.__getitem__))
    while queue:
        table = queue.popleft()
        children = lineage.children(table) if descendants else ()
        for neighbour in (*lineage.companions(table), *children):
            if neighbour not in triggers and neighbour not in staying:
                triggers[neighbour] = Trigger.SIDE_EFFECT
                paths[neighbour] = _further(paths[table], neighbour)
                queue.append(neighbour)


def _further(path: tuple[str, ...], table: str) -> tuple[str, ...]:
    """One step more; of a way that is longer than anybody reads, both ends."""
    if len(path) < LONGEST_PATH:
        return (*path, table)
    half = LONGEST_PATH // 2
    return (*path[:half], GAP, *path[-half + 2 :], table)


def _green(written: str, blue: str | None, least: int) -> str:
    """The name in the release's text where it is new or above blue's version, else the next version."""
    if blue is None:
        return written
    version = max(version_of(written), version_of(blue) + 1, least)
    return written if version == version_of(written) else physical(logical(written), version)
