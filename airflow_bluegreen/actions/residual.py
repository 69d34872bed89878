"""What stays different is read once more and decoded: which columns, which rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from airflow_bluegreen.actions.topic_reading import TopicFold, located
from airflow_bluegreen.core.comparison.classify import Classified, Side, classify
from airflow_bluegreen.core.comparison.evidence import ColumnDifferences
from airflow_bluegreen.core.comparison.fold import Fold
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen, Digest, LastRecords, hash_records
from airflow_bluegreen.core.comparison.rows import Row, RowReader, differing_columns, sample
from airflow_bluegreen.core.model import DifferenceSample, KafkaRecord

READ_ROWS = 2_000
"""Rows that differ and are decoded in full, to say which columns differ."""
SHOWN_DIFFERENCES = 10
SHOWN_SINGLES = 3
DECODE_ALL_ABOVE = 1_000_000
"""Above so many differing keys, filtering by key costs more memory than decoding every record costs time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What the second reading says about the differences that last."""

    differences: ColumnDifferences = field(default_factory=ColumnDifferences)
    samples: tuple[DifferenceSample, ...] = ()


def read_residual(
    blue: TopicFold,
    green: TopicFold,
    lasting: Classified,
    reader: RowReader,
    must_match: tuple[str, ...] | None,
) -> Residual:
    """Read both topics again for the keys that differ; nothing is read when none does.

    :param lasting: the differences without those in flight.
    :param must_match: the columns that the change does not touch, None for all.
    """
    if not lasting.differing:
        return Residual()
    if not blue.keyed:
        return Residual(samples=_row_samples(blue, green, lasting, reader))
    shown = _shown(lasting)
    blue_side = _Reread(blue, lasting, shown, reader.digest_of(must_match))
    green_side = _Reread(green, lasting, shown, reader.digest_of(must_match))
    blue_rows, green_rows = blue_side.rows(reader), green_side.rows(reader)
    by_column: Counter[str] = Counter()
    both = [key for key in blue_rows if key in green_rows]
    for key in both:
        by_column.update(differing_columns(blue_rows[key][1], green_rows[key][1]))
    differences = ColumnDifferences(
        compared=len(both),
        by_column=dict(by_column),
        unexpected=_count_unexpected(blue_side, green_side, lasting),
        judged=_count_judged(blue_side, green_side, lasting),
    )
    return Residual(differences=differences, samples=_key_samples(shown, blue_rows, green_rows))


class _Reread:
    """The last record of chosen keys, and a fold over the columns that must match of all that differ."""

    def __init__(self, side: TopicFold, lasting: Classified, shown: list[int], strict: Digest) -> None:
        self.strict = Fold()
        self._side = side
        self._shown = frozenset(shown)
        self._last = LastRecords()
        diff = lasting.of(Side.DIFF).keys
        many = len(diff) > DECODE_ALL_ABOVE
        keys = np.union1d(diff, np.array(shown, np.uint64))
        self._judged = None if many else frozenset(diff.tolist())
        chosen = Chosen(below=EVERYTHING) if many else Chosen(keys=keys)
        for batch in hash_records(
            self._differing(side.read_again(chosen)),
            keyed=True,
            value_digest=strict,
            key_digest=side.key_digest,
            topic=side.topic,
        ):
            self.strict.add(batch)

    def _differing(self, records: Iterator[KafkaRecord]) -> Iterator[KafkaRecord]:
        for record in records:
            key = self._side.hash_of(record)
            if key is None:
                continue
            if key in self._shown:
                self._last.add(key, record)
            if self._judged is None or key in self._judged:
                yield record

    def rows(self, reader: RowReader) -> dict[int, tuple[Row, Row]]:
        """Key and value of the chosen keys that are there."""
        found = {}
        for key, record in self._last.items():
            if record.key is not None and record.value is not None:
                with located(self._side.topic, record):
                    found[key] = reader.row(record.key), reader.row(record.value)
        return found


def _count_unexpected(blue: _Reread, green: _Reread, lasting: Classified) -> int:
    strict = classify(blue.strict, green.strict).of(Side.DIFF)
    # Sorted: for a table the range of the hashes would have to be small, and old NumPy fails to tell that.
    return int(np.isin(strict.keys, lasting.of(Side.DIFF).keys, kind="sort").sum())


def _count_judged(blue: _Reread, green: _Reread, lasting: Classified) -> int:
    """Compaction may have removed a record since it was read first."""
    keys = lasting.of(Side.DIFF).keys
    for side in (blue, green):
        folded = side.strict.folded()
        keys = keys[np.isin(keys, folded.keys[folded.values != 0], kind="sort")]
    return len(keys)


def _shown(lasting: Classified) -> list[int]:
    """Hashes of the keys to read in full: differing ones first, a few of those that one side lacks."""
    wanted: list[int] = lasting.of(Side.DIFF).keys[:READ_ROWS].tolist()
    for side in (Side.BLUE_ONLY, Side.GREEN_ONLY):
        wanted += lasting.of(side).keys[:SHOWN_SINGLES].tolist()
    return wanted


def _key_samples(
    shown: list[int], blue: dict[int, tuple[Row, Row]], green: dict[int, tuple[Row, Row]]
) -> tuple[DifferenceSample, ...]:
    both = [key for key in shown if key in blue and key in green][:SHOWN_DIFFERENCES]
    single = [key for key in shown if (key in blue) != (key in green)]
    found = []
    for key in (*both, *single):
        left, right = blue.get(key), green.get(key)
        name = (left or right or ({}, {}))[0]
        found.append(sample(name, left[1] if left else None, right[1] if right else None))
    return tuple(found)


def _row_samples(
    blue: TopicFold, green: TopicFold, lasting: Classified, reader: RowReader
) -> tuple[DifferenceSample, ...]:
    samples = []
    for side, fold in ((Side.BLUE_ONLY, blue), (Side.GREEN_ONLY, green)):
        wanted = set(lasting.of(side).keys[:SHOWN_SINGLES].tolist())
        chosen = Chosen(keys=np.array(sorted(wanted), np.uint64))
        for record in fold.read_again(chosen) if wanted else ():
            if record.value is None or fold.digest(record.value) not in wanted:
                continue
            wanted.discard(fold.digest(record.value))
            with located(fold.topic, record):
                row = reader.row(record.value)
            samples.append(sample({}, row if fold is blue else None, row if fold is green else None))
            if not wanted:
                break
    return tuple(samples)
