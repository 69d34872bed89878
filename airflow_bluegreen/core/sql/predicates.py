"""What a statement holds its inputs' columns against: other columns, constants, and the order of rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from airflow_bluegreen.core.model import Column, Statement
from airflow_bluegreen.core.sql.expressions import Operand
from airflow_bluegreen.core.sql.flow import flow
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.limits import nesting_refused
from airflow_bluegreen.core.sql.reading import Reading
from airflow_bluegreen.core.sql.relations import Fact, Sources
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.statements import read

EQUAL = "EQ"
LIKE = "Like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """Two values that a join or a filter holds equal, each by the stored columns that it is made of."""

    left: Sources
    right: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value, by its columns, that is compared with a constant; ``operator`` is EQ, GT, Like …"""

    columns: Sources
    operator: str
    text: str
    is_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Rows are numbered within ``partition``, by ``order``: how a statement keeps the newest of each key."""

    partition: tuple[Sources, ...]
    order: tuple[Sources, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicates:
    """Everything that a statement compares, in the order of its text."""

    equalities: tuple[Equality, ...] = ()
    constants: tuple[Constant, ...] = ()
    rankings: tuple[Ranking, ...] = ()


def predicates(statement: Statement, columns: Mapping[str, tuple[Column, ...]]) -> Predicates:
    """What a statement compares, of a statement set what all of its members do.

    :param columns: columns by table name, of the tables read.
    :raises SqlSyntaxError: if the statement's text is not understood.
    """
    source = Source(text=statement.sql, path=statement.where.path)
    notes = _Notes()
    for part in _parts(read(source, lex(source))):
        if part.query is not None:
            with nesting_refused(part.source, part.lexemes[0].start):
                flow(part.query, columns, notes)
    return Predicates(
        equalities=tuple(dict.fromkeys(notes.equalities)),
        constants=tuple(dict.fromkeys(notes.constants)),
        rankings=tuple(dict.fromkeys(notes.rankings)),
    )


def _parts(reading: Reading) -> tuple[Reading, ...]:
    return reading.members or (reading,)


class _Notes:
    """An :class:`~airflow_bluegreen.core.sql.expressions.Observer` that writes everything down."""

    def __init__(self) -> None:
        self.equalities: list[Equality] = []
        self.constants: list[Constant] = []
        self.rankings: list[Ranking] = []

    def compared(self, operator: str, left: Operand, right: Operand) -> None:
        """Columns with columns, or with a constant."""
        if isinstance(left, Fact) and isinstance(right, Fact):
            if operator == EQUAL and left.direct and right.direct:
                self.equalities.append(Equality(left=left.direct, right=right.direct))
            return
        fact, literal = (left, right) if isinstance(left, Fact) else (right, left)
        if isinstance(fact, Fact) and isinstance(literal, exp.Literal) and fact.direct:
            self.constants.append(
                Constant(
                    columns=fact.direct,
                    operator=operator,
                    text=str(literal.this),
                    is_text=bool(literal.is_string),
                )
            )

    def ranked(self, partition: list[Fact], order: list[Fact]) -> None:
        """A numbering of rows."""
        self.rankings.append(
            Ranking(
                partition=tuple(fact.direct for fact in partition), order=tuple(fact.direct for fact in order)
            )
        )
