"""A project's texts under other table names: every statement and file as it then reads."""

from collections.abc import Mapping
from functools import cached_property

from airflow_bluegreen.core.connectors import is_connector_file, with_topics_in_text
from airflow_bluegreen.core.model import Project, Statement
from airflow_bluegreen.core.project import table_of
from airflow_bluegreen.core.sql import rename_statement
from airflow_bluegreen.core.versioning import in_text, unqualified


class Renaming:
    """How a project reads when its tables have these names.

    :param names: logical → physical name of every table; without, the logical names themselves.
    :param pinned: by path of a file: logical → physical names that hold there instead.
    :param foreign: new by old name of tables that the project does not create.
    """

    def __init__(
        self,
        project: Project,
        names: Mapping[str, str] | None = None,
        pinned: Mapping[str, Mapping[str, str]] | None = None,
        foreign: Mapping[str, str] | None = None,
    ) -> None:
        self._project = project
        self._names = names
        self._pinned = pinned or {}
        self._foreign = foreign or {}
        self._owners: dict[str, str | None] = {}
        self._new_names: dict[str, str] = {}
        self._moves: dict[str, tuple[tuple[str, str], ...]] = {}
        self._texts: dict[int, tuple[Statement, str]] = {}

    def owner(self, written: str) -> str | None:
        """The logical table that a name in a text means, as :func:`table_of` has it; asked once a name."""
        if written not in self._owners:
            self._owners[written] = table_of(self._project, written)
        return self._owners[written]

    def of(self, written: str, path: str = "") -> str:
        """What the table of that name in a file is called afterwards; a foreign table keeps its name, unless
        it was given another.
        """
        pinned = self._pinned.get(path)
        if pinned is not None and (table := self.owner(written)) in pinned:
            return pinned[table or ""]
        if written not in self._new_names:
            self._new_names[written] = self._named(written)
        return self._new_names[written]

    def _named(self, written: str) -> str:
        table = self.owner(written)
        if table is None:
            return self._foreign.get(unqualified(written), unqualified(written))
        return table if self._names is None else self._names[table]

    def statement(self, statement: Statement) -> str:
        """The text of a statement, byte for byte the same but for the names."""
        known = self._texts.get(id(statement))
        if known is None:
            renames = self._renames(statement)
            written = rename_statement(statement, renames) if renames else statement.sql
            # With the statement itself, so that no other object can get its id.
            known = self._texts[id(statement)] = statement, written
        return known[1]

    def _renames(self, statement: Statement) -> Mapping[str, str]:
        """New by old name of the tables in a statement that are called otherwise afterwards."""
        if statement.where.path in self._pinned:
            moves = [self._move(name, statement.where.path) for name in statement.names]
        else:
            known = self._moves
            moves = [known[name] if name in known else self._learn(name) for name in statement.names]
        return {last: new for move in moves for last, new in move}

    def _learn(self, written: str) -> tuple[tuple[str, str], ...]:
        """The same as :meth:`_move` of any path where nothing is pinned."""
        move = self._moves[written] = self._move(written)
        return move

    def _move(self, written: str, path: str = "") -> tuple[tuple[str, str], ...]:
        """The table's own part of a name in a text and what it is called afterwards; nothing if that is the
        same.
        """
        last, new = unqualified(written), self.of(written, path)
        return ((last, new),) if new != last else ()

    def file(self, path: str) -> str:
        """The text of an SQL or connector file."""
        text = self._project.files[path]
        if is_connector_file(path):
            return with_topics_in_text(text, self.topics)
        pieces, at = [], 0
        for statement in self._project.statements[path]:
            renamed = self.statement(statement)
            if renamed is not statement.sql:
                pieces += [text[at : statement.offset], renamed]
                at = statement.offset + len(statement.sql)
        return "".join(pieces) + text[at:] if pieces else text

    @cached_property
    def topics(self) -> Mapping[str, str]:
        """Every topic that the project's connectors read, as written → as that table is called afterwards."""
        written = {topic for connector in self._project.connectors for topic in connector.topics}
        named = {topic: in_text(topic) for topic in written}
        return {topic: self.of(name) for topic, name in named.items() if self.owner(name) is not None}
