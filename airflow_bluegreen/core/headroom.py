"""Whether the workers' memory suffices for what a release starts, judged by what runs now."""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_bluegreen.core.model import Capacity

FULL = 0.9
"""Share of a memory beyond which it counts as short."""
_ENOUGH = 4
"""Slots in use from which on their average says something: before, most of it is Flink's own."""
_HEAP = "heap"
_KEPT = frozenset({"network"})
"""Kinds that a job takes and keeps. Of the others a part is garbage, so that they are never clearly short."""
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A kind of memory that may not suffice; ``clear`` where it certainly does not."""

    kind: str
    used_mib: int
    limit_mib: int
    expected_mib: int
    clear: bool


def shortages(capacity: Capacity, needed: int, state: int = 0) -> Iterator[Shortage]:
    """The kinds of memory that run short when so many slots more are taken.

    A slot takes the average of those in use, and heap at least the state of the jobs that are built again.

    :param state: bytes that the blue jobs keep on the heap; nothing for other state backends.
    """
    busy = capacity.total - capacity.free
    for kind in dict.fromkeys(one.kind for one in capacity.memory):
        used = sum(one.used for one in capacity.memory if one.kind == kind)
        limit = sum(one.limit for one in capacity.memory if one.kind == kind)
        expected = used * needed // busy if busy >= _ENOUGH else 0
        doubled = 2 * state if kind == _HEAP else 0  # blue's and green's
        if kind == _HEAP:
            expected = max(expected, state)
        if limit > 0 and needed > 0 and used + expected > FULL * limit:
            yield Shortage(
                kind=kind,
                used_mib=used // _MIB,
                limit_mib=limit // _MIB,
                expected_mib=expected // _MIB,
                clear=doubled > limit or (kind in _KEPT and used + expected // 2 > limit),
            )
