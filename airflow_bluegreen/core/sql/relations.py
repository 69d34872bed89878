"""What a query's result is made of: the columns behind each column, and what decides which rows exist."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

Source = tuple[str, str]
Sources = frozenset[Source]
NOTHING: Sources = frozenset()


def digest(*parts: str) -> str:
    """A short name for a combination of texts."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


class Fact(NamedTuple):
    """A value, or a set of rows, by how it comes about.

    Two facts with the same ``meaning`` come about in the same way. ``direct`` are the stored columns that the
    value is computed from; ``influence`` those and every other column that can change it, by a filter under
    an aggregate or a join's condition. ``ranked_by`` is there for a rank in a partition: the meanings of the
    partition's columns.

    A tuple, because a query has hundreds of them.
    """

    meaning: str
    direct: Sources = NOTHING
    influence: Sources = NOTHING
    ranked_by: frozenset[str] | None = None

    def under(self, *others: "Fact") -> "Fact":
        """The same value where other facts decide over it too: it is not computed from them."""
        if not others:
            return self
        return Fact(
            digest("under", self.meaning, *[other.meaning for other in others]),
            self.direct,
            self.influence.union(*[other.influence for other in others]),
        )


def combined(label: str, facts: Iterable[Fact]) -> Fact:
    """The fact that is made of others."""
    parts = list(facts)
    if len(parts) == 1:
        meaning, direct, influence, _ = parts[0]
        return Fact(digest(label, meaning), direct, influence)
    return Fact(
        digest(label, *[part.meaning for part in parts]),
        NOTHING.union(*[part.direct for part in parts]),
        NOTHING.union(*[part.influence for part in parts]),
    )


def plain(label: str) -> Fact:
    """A fact that no column decides."""
    return Fact(meaning=digest(label))


def stored(table: str, column: str, label: str) -> Fact:
    """A column of a table; ``label`` tells two reads of the same table apart."""
    sources = frozenset({(table, column)})
    return Fact(digest("column", label, column), sources, sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What decides over the columns of a relation, but for those of these meanings."""

    fact: Fact
    spared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The rows that a FROM item or a query gives.

    ``columns`` are the known ones in order. ``table`` and ``label`` are set for a stored table; it is
    ``complete`` when its columns are known. ``anything`` answers for every name of a relation whose columns
    nobody can tell.
    """

    columns: tuple[tuple[str, Fact], ...] = ()
    rows: Fact = field(default_factory=lambda: plain("rows"))
    table: str = ""
    label: str = ""
    complete: bool = True
    anything: Fact | None = None
    tags: tuple[Tag, ...] = ()

    def column(self, name: str) -> Fact | None:
        """The column of that name, None if there is none for certain."""
        found = None
        for column, fact in self.columns:
            if column == name:
                found = fact
                break
        if found is None and self.table and (not self.complete or name.startswith("$")):
            found = stored(self.table, name, self.label)
        if found is None:
            found = self.anything
        return self._tagged(found) if found else None

    def lists(self, name: str) -> bool:
        """Whether the column is one of the known ones."""
        return any(column == name for column, _ in self.columns)

    @property
    def closed(self) -> bool:
        """Whether it has no columns but the known ones."""
        return self.complete and self.anything is None

    def items(self) -> tuple[tuple[str, Fact], ...]:
        """The columns in order; what cannot be listed is the column ``*``."""
        listed = tuple((name, self._tagged(fact)) for name, fact in self.columns)
        if self.closed:
            return listed
        rest = self.anything or stored(self.table, "*", self.label)
        return (*listed, ("*", self._tagged(rest)))

    def under(self, *facts: Fact, spared: frozenset[str] = frozenset()) -> "Relation":
        """The relation where every column also depends on other facts."""
        return Relation(
            columns=self.columns,
            rows=self.rows,
            table=self.table,
            label=self.label,
            complete=self.complete,
            anything=self.anything,
            tags=self.tags + tuple([Tag(fact=fact, spared=spared) for fact in facts]),
        )

    def named(self, names: tuple[str, ...]) -> "Relation":
        """The relation with other column names, from left to right; names beyond its columns are made up."""
        if not names:
            return self
        listed = [item for item in self.items() if item[0] != "*"]
        rest = self.column("*") if not self.closed else self.rows
        renamed = [
            (name, listed[at][1] if at < len(listed) else combined(f"column {at}", [rest or self.rows]))
            for at, name in enumerate(names)
        ]
        return Relation(columns=(*renamed, *listed[len(names) :]), rows=self.rows)

    def _tagged(self, fact: Fact) -> Fact:
        if not self.tags:
            return fact
        return fact.under(*[tag.fact for tag in self.tags if fact.meaning not in tag.spared])
