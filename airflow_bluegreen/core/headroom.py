"""Whether the workers' memory suffices for what a release starts, judged by what runs now."""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_bluegreen.core.model import Capacity

FULL = 0.9
"""Share of a memory beyond which it counts as short."""
_EXACT = frozenset({"network"})
"""Kinds of which a job takes its share at once and gives nothing back; the others can be collected."""
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A kind of memory that may not suffice; ``clear`` where it certainly does not."""

    kind: str
    used_mib: int
    limit_mib: int
    expected_mib: int
    clear: bool


def shortages(capacity: Capacity, needed: int) -> Iterator[Shortage]:
    """The kinds of memory that run short when so many slots more are taken.

    What a slot takes is the average of those in use. Where none is in use there is nothing to judge by.
    """
    busy = capacity.total - capacity.free
    if needed <= 0 or busy <= 0:
        return
    for kind in dict.fromkeys(one.kind for one in capacity.memory):
        used = sum(one.used for one in capacity.memory if one.kind == kind)
        limit = sum(one.limit for one in capacity.memory if one.kind == kind)
        expected = used * needed // busy
        if limit > 0 and used + expected > FULL * limit:
            yield Shortage(
                kind=kind,
                used_mib=used // _MIB,
                limit_mib=limit // _MIB,
                expected_mib=expected // _MIB,
                clear=kind in _EXACT and used + expected > limit,
            )
