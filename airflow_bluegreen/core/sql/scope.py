"""What a query block can name: the relations of its FROM clause, and those of the blocks around it."""

from dataclasses import dataclass, field

from airflow_bluegreen.core.sql.relations import NOTHING, Fact, Relation, combined, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A relation under the name that the block gives it."""

    visible: tuple[str, ...]
    relation: Relation


@dataclass(slots=True, kw_only=True)
class Scope:
    """The items of one block; ``rows`` is what decides which of their rows exist."""

    items: list[Item] = field(default_factory=list)
    rows: Fact = field(default_factory=lambda: plain("one row"))
    outer: "Scope | None" = None
    windows: Fact = field(default_factory=lambda: plain("no windows"))
    merged: frozenset[str] = frozenset()
    ambiguous: bool = False

    @property
    def ranks(self) -> bool:
        """Whether a name may mean a rank, here or in a block around."""
        scope: Scope | None = self
        while scope is not None:
            for item in scope.items:
                if any(fact.ranked_by is not None for _, fact in item.relation.columns):
                    return True
            scope = scope.outer
        return False

    def lookup(self, path: tuple[str, ...]) -> Fact | None:
        """The fact behind ``alias.column.field`` or ``column.field``; None if the name means nothing here."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._qualified(path) or scope._bare(path)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def _qualified(self, path: tuple[str, ...]) -> Fact | None:
        for length in range(len(path) - 1, 0, -1):
            for item in self.items:
                if item.visible[-length:] == path[:length]:
                    return _nested(item.relation.column(path[length]), path[length + 1 :])
        return None

    def _bare(self, path: tuple[str, ...]) -> Fact | None:
        listed = [item for item in self.items if item.relation.lists(path[0])]
        if listed:
            return _nested(listed[0].relation.column(path[0]), path[1:])
        possible = [fact for item in self.items if (fact := item.relation.column(path[0]))]
        if len(possible) > 1:  # nobody can tell which: all of them
            self.ambiguous = True
            return _nested(combined("one of", possible), path[1:])
        return _nested(possible[0], path[1:]) if possible else None

    def star(self, qualifier: tuple[str, ...]) -> list[tuple[str, Fact]]:
        """The columns of ``*`` or ``qualifier.*``; columns merged by USING come once."""
        chosen: list[tuple[str, Fact]] = []
        for item in self.items:
            if qualifier and item.visible[-len(qualifier) :] != qualifier:
                continue
            for name, fact in item.relation.items():
                again = name in self.merged and any(name == before for before, _ in chosen)
                if not (again and not qualifier):
                    chosen.append((name, fact))
        return chosen


def _nested(fact: Fact | None, fields: tuple[str, ...]) -> Fact | None:
    if fact is None or not fields:
        return fact
    inner = combined("field " + ".".join(fields), [fact])
    return Fact(meaning=inner.meaning, direct=inner.direct or NOTHING, influence=inner.influence)
