"""Looking at both sides again and again, until what differs lasts."""

from dataclasses import dataclass

import numpy as np

from airflow_bluegreen.actions.both_sides import read_both
from airflow_bluegreen.actions.polling import now_ms, poll
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.classify import Classified, classify
from airflow_bluegreen.core.model import ConvergencePoint
from airflow_bluegreen.ports import Narrator, Platform

IN_FLIGHT_S = 10.0
"""A difference that is younger than this may be blue's or green's record still under way."""
LOOK_AGAIN_S = 3.0
LOOK_AGAIN_FOR_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """``lasting`` are the differences that were there when the looking began and are old enough to count."""

    classified: Classified
    lasting: Classified
    conclusive: bool
    points: tuple[ConvergencePoint, ...] = ()


def settled(platform: Platform, blue: TopicFold, green: TopicFold, say: Narrator) -> Settled:
    """Fold both topics up to the same moment, again and again by their tails, until what differs lasts.

    Only differences between records that were there at the first look are followed, for they can only become
    fewer; what came later is in flight.
    """
    began_ms = now_ms(platform.clock)
    seen: list[Classified] = []
    points: list[ConvergencePoint] = []

    def look() -> Settled:
        now = platform.clock.now()
        # Both ends before either is read: what comes later belongs to the next look.
        ends = platform.topics.end_offsets(blue.topic), platform.topics.end_offsets(green.topic)
        read_both(blue, green, ends)
        classified = classify(blue.fold, green.fold)
        if not seen:
            _say_scattered(blue, green, say)
        if classified.differing:
            say(f"{green.topic}: {classified.match:,} rows as in {blue.topic}, {classified.differing:,} not")
        followed = classified.settled(in_flight_since=began_ms + 1)
        lasting = followed.settled(in_flight_since=int((now - IN_FLIGHT_S) * 1000))
        rests = lasting.differing == followed.differing and bool(seen) and _same(seen[-1], followed)
        seen[:] = [followed]
        points.append(_point(now, classified, lasting))
        return Settled(
            classified=classified,
            lasting=lasting,
            conclusive=not followed.differing or rests,
            points=tuple(points),
        )

    return poll(
        look,
        until=lambda seen_now: seen_now.conclusive,
        clock=platform.clock,
        timeout_s=LOOK_AGAIN_FOR_S,
        every_s=LOOK_AGAIN_S,
    )


def _point(now: float, classified: Classified, lasting: Classified) -> ConvergencePoint:
    differing = classified.differing
    return ConvergencePoint(
        at_ms=int(now * 1000), differing=differing, in_flight=differing - lasting.differing
    )


def _say_scattered(blue: TopicFold, green: TopicFold, say: Narrator) -> None:
    for side in (blue, green):
        if count := side.fold.scattered():
            say(f"{side.topic}: {count:,} older records of keys in another partition; the newest one counts")


def _same(before: Classified, after: Classified) -> bool:
    return np.array_equal(before.keys, after.keys) and np.array_equal(before.stamps, after.stamps)
