"""From statements to tables: which statements create and fill each, and where it belongs.

Two commits of a project share nearly all their files. Of files that were read once for both, the tables are
made once too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from airflow_bluegreen.core.deployable import CREATES, SESSION, refuse_not_deployable
from airflow_bluegreen.core.layout import Layout
from airflow_bluegreen.core.model import MadeTables, ProjectStatement, Statement, Table
from airflow_bluegreen.core.versioning import logical, unqualified
from airflow_bluegreen.exceptions import DuplicateOwnerError, ProjectError

Files = Mapping[str, tuple[Statement, ...]]
"""The statements of files by path."""


def tables_of(statements: Files, layout: Layout, before: MadeTables | None = None) -> MadeTables:
    """The tables that these files create and fill, by logical name.

    :param statements: those of every file, in the order of their paths.
    :param before: the tables of other files, or of an earlier state of these. What both have in common is
        taken over from there.

    Raises DuplicateOwnerError, ProjectError for an INSERT into a table that no file creates, and for
    statements that no release deploys.
    """
    if before is None or before.layout != layout:
        tables = _made(statements, layout)
    else:
        differing = _differing(before.statements, statements)
        touched, paths = _reached(differing, before, statements)
        kept = {name: table for name, table in before.tables.items() if name not in touched}
        anew = _made({path: file for path, file in statements.items() if path in paths}, layout)
        tables = kept | anew
    return MadeTables(
        layout=layout, statements=statements, tables={name: tables[name] for name in sorted(tables)}
    )


def _differing(before: Files, after: Files) -> set[str]:
    """The paths of files that are new, gone, or were read anew."""
    anew = {path for path, file in after.items() if before.get(path) is not file}
    return anew.union(before.keys() - after.keys())


def _reached(differing: Iterable[str], before: MadeTables, after: Files) -> tuple[set[str], set[str]]:
    """The tables that these files have to do with before or after, and the paths of all files that have to do
    with those.
    """
    tables: set[str] = set()
    paths: set[str] = set()
    waiting = set(differing)
    while waiting:
        paths |= waiting
        named = {
            name
            for path in waiting
            for statement in (*before.statements.get(path, ()), *after.get(path, ()))
            for name in _written(statement)
        }
        known = [before.tables[name] for name in named - tables if name in before.tables]
        tables |= named
        waiting = {one.statement.where.path for table in known for one in table.statements} - paths
    return tables, paths


def _made(statements: Files, layout: Layout) -> dict[str, Table]:
    creates: dict[str, list[Statement]] = defaultdict(list)
    fills: dict[str, list[Statement]] = defaultdict(list)
    shared: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
    for file in statements.values():
        refuse_not_deployable(file)
        for statement in file:
            if statement.kind in SESSION:
                continue
            first, *others = _written(statement)
            if statement.kind in CREATES:
                creates[first].append(statement)
                continue
            fills[first].append(statement)
            for other in others:
                shared[other].append((first, statement))
    _refuse_second_owners(creates)
    for each in fills.values():
        _refuse_unowned(creates, each)
    numbered = {table: _numbered(table, each) for table, each in fills.items()}
    return {
        table: _table(
            table,
            create,
            numbered.get(table, ()),
            tuple(_of(numbered[owner], statement) for owner, statement in shared.get(table, ())),
            layout,
        )
        for table, (create,) in creates.items()
    }


def _written(statement: Statement) -> list[str]:
    """The logical tables that a statement creates or fills, by name."""
    if len(statement.outputs) == 1:
        return [logical(unqualified(statement.outputs[0]))]
    return sorted({logical(unqualified(name)) for name in statement.outputs})


def _numbered(table: str, fills: Iterable[Statement]) -> tuple[ProjectStatement, ...]:
    return tuple(
        ProjectStatement(
            name=f"dml.{table}" + (f".{number}" if number > 1 else ""), table=table, statement=one
        )
        for number, one in enumerate(fills, start=1)
    )


def _of(named: Iterable[ProjectStatement], statement: Statement) -> ProjectStatement:
    return next(one for one in named if one.statement is statement)


def _table(
    name: str,
    create: Statement,
    dml: tuple[ProjectStatement, ...],
    shared: tuple[ProjectStatement, ...],
    layout: Layout,
) -> Table:
    kind, product = layout.place(create.where.path)
    return Table(
        name=name,
        physical=unqualified(create.outputs[0]),
        kind=kind,
        product=product,
        ddl=ProjectStatement(name=f"ddl.{name}", table=name, statement=create),
        dml=dml,
        definition=create.definition,
        shared=shared,
    )


def _refuse_second_owners(creates: Mapping[str, Sequence[Statement]]) -> None:
    for table in sorted(creates):
        first, *others = creates[table]
        if not others:
            continue
        names = sorted({unqualified(one.outputs[0]) for one in creates[table]})
        times = "twice" if len(others) == 1 else f"{len(others) + 1} times"
        what = (
            f"table {table} is created {times}" if len(names) == 1 else f"{' and '.join(names)} are one table"
        )
        *between, last = others
        places = ", ".join(str(one.where) for one in (first, *between))
        raise DuplicateOwnerError(
            f"{what}, here and at {places}", where=last.where, remedy="Keep one of the files"
        )


def _refuse_unowned(creates: Mapping[str, object], statements: Iterable[Statement]) -> None:
    for statement in statements:
        for output in statement.outputs:
            if logical(unqualified(output)) not in creates:
                raise ProjectError(
                    f"INSERT INTO {output}, which no file creates",
                    where=statement.where,
                    remedy=f"Add the CREATE TABLE of {output}, or mend the name",
                )
