"""The order in which records arrive: as they happened, or shuffled as far as nothing may depend on it."""

from collections.abc import Sequence
from random import Random

from airflow_bluegreen.core.synthetic.history import Change
from airflow_bluegreen.core.synthetic.traits import Traits

DELAY_MS = 300_000
"""How far records are shuffled where no watermark waits for them."""


def shuffled(changes: Sequence[Change], traits: Traits, seed: int) -> tuple[Change, ...]:
    """The same records in another order.

    None arrives behind the watermark: each is delayed by less than the watermark's bound. Where readers do
    not keep the newest record of an entity by themselves, its records stay in their order. A source without
    watermark whose records have no key stays as it is.
    """
    bound = DELAY_MS if traits.bound_ms is None else traits.bound_ms
    if bound < 1 or (traits.bound_ms is None and not traits.key):
        return tuple(changes)
    random = Random(f"{seed} {traits.source} arrival")
    delays: dict[object, int] = {}

    def arrival(place: int) -> tuple[int, int]:
        change = changes[place]
        # One delay for all records of an entity keeps them in their order.
        owner: object = place if traits.repeats or not traits.key else change.key
        delay = delays.setdefault(owner, random.randrange(bound))
        return change.at_ms + delay, place

    return tuple(changes[place] for place in sorted(range(len(changes)), key=arrival))
