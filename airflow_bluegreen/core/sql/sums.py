"""Several changes as one."""

from collections.abc import Iterable
from itertools import chain

from airflow_bluegreen.core.model import ChangeKind, StatementChange

_RANK = {ChangeKind.NONE: 0, ChangeKind.COSMETIC: 1, ChangeKind.SEMANTIC: 2}


def together(changes: list[StatementChange]) -> StatementChange:
    """The sum of several changes; texts that differ outside of their statements differ in comments."""
    largest = max((change.change for change in changes), key=_RANK.__getitem__, default=ChangeKind.COSMETIC)
    return StatementChange(
        change=ChangeKind.COSMETIC if largest is ChangeKind.NONE else largest,
        reasons=_sum(change.reasons for change in changes),
        changed=_sum(change.changed for change in changes),
        added=_sum(change.added for change in changes),
        removed=_sum(change.removed for change in changes),
        rows_may_change=any(change.rows_may_change for change in changes),
    )


def _sum(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))
