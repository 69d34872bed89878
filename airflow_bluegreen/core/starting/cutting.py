"""Where in blue's rows the outputs of given input offsets end, found from the rows themselves.

Blue keeps no state, so each row stems from input records alone. Given are input offsets ``C`` and four things
that were read while blue ran on:

* ``low``, the ends of blue's topic before ``C``: below it there is no row of an input record at or after C;
* ``tail``, the rows from ``low`` to ``high``, where ``high`` was read when blue had flushed everything of the
  records before ``C``: together with what is below ``low`` it holds all rows of these;
* ``replayed``, every row that blue makes of the records from ``C`` to later offsets ``D``, which lie behind
  every record that blue had read when ``high`` was read;
* ``rest``, the rows from ``high`` to where blue had flushed everything before ``D``.

Each row of ``tail`` is of a record before C, or it is among ``replayed``. So a value that ``replayed`` lacks
is of before C; and a value whose copies in ``tail`` are as many as in ``replayed``, with none in ``rest``, is
of C or after. Anything else (equal rows on both sides) cannot be told apart, and is refused. The cut is right
or there is none; nothing is assumed about the order of rows.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from airflow_bluegreen.core.model import Offsets

Rows = Mapping[tuple[str, int], Sequence[tuple[int, Hashable]]]
"""(topic, partition) → offset and value of each row, in the order of offsets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCut:
    """Why no cut was found; another moment may have one."""

    reason: str


def find_cut(
    tail: Rows, rest: Iterable[Hashable], replayed: Iterable[Hashable], high: Offsets
) -> Offsets | NoCut:
    """The offset in each partition at which the rows of the records before C end.

    :param rest: the values only.
    :param high: the end of ``tail`` in each partition, the cut where all its rows are of before C.
    """
    again, later = Counter(replayed), Counter(rest)
    here = Counter(value for rows in tail.values() for _, value in rows)
    for value, times in again.items():
        if here[value] == 0:
            if later[value] < times:
                return NoCut(reason="blue's statement does not give the same rows again")
        elif later[value] or here[value] != times:
            return NoCut(reason="the same row stands on both sides of the cut")
    cut = dict(high)
    for partition, rows in tail.items():
        first = next((offset for offset, value in rows if value in again), None)
        if first is None:
            continue
        if any(offset > first and value not in again for offset, value in rows):
            return NoCut(reason="rows from before and after the cut are interleaved")
        cut[partition] = first
    return cut
