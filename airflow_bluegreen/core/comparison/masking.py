"""Hiding the values of columns that the project masks, wherever a comparison would show them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from hashlib import blake2b

from airflow_bluegreen.core.comparison.evidence import Duplicates, Inspection, SideDuplicates
from airflow_bluegreen.core.comparison.rows import NO_ROW, NULL
from airflow_bluegreen.core.model import CheckSettings, DifferenceSample

STARS = "***"
_TELLING_NOTHING = frozenset({"distinct"})


class Masking:
    """Values of the masked columns become ``***``, or a short hash by which equal ones can be told.

    :param secret: goes into the hashes, so that nobody finds a value by hashing all that it could be.
    """

    def __init__(self, settings: CheckSettings, secret: bytes) -> None:
        self._columns = frozenset(settings.mask)
        self._hide: Callable[[str], str] = self._hash if settings.mask_as == "hash" else lambda _: STARS
        self._secret = secret[:64]

    def samples(self, samples: tuple[DifferenceSample, ...]) -> tuple[DifferenceSample, ...]:
        """The samples with masked cells; that a cell is null, or that there is no row, may be seen."""
        return tuple(
            DifferenceSample(
                key=self._cells(one.key),
                columns={
                    name: (self._cell(name, blue), self._cell(name, green))
                    for name, (blue, green) in one.columns.items()
                },
            )
            for one in samples
        )

    def inspection(self, found: Inspection) -> Inspection:
        """The inspection without values of masked columns."""
        return replace(
            found,
            duplicates=self._duplicates(found.duplicates) if found.duplicates else None,
            aggregates=tuple(
                one
                for one in found.aggregates
                if one.column not in self._columns or one.measure in _TELLING_NOTHING
            ),
            groups=tuple(
                replace(
                    one,
                    examples=tuple(
                        (self._line(one.grouping.by, labels), numbers) for labels, numbers in one.examples
                    ),
                )
                for one in found.groups
            ),
            accounted=replace(
                found.accounted,
                examples=tuple(
                    self._cell(found.accounted.column, example) for example in found.accounted.examples
                ),
            )
            if found.accounted
            else None,
        )

    def _duplicates(self, found: Duplicates) -> Duplicates:
        def side(one: SideDuplicates) -> SideDuplicates:
            return replace(one, examples=tuple(self._line(found.unique, line) for line in one.examples))

        return replace(found, green=side(found.green), blue=side(found.blue) if found.blue else None)

    def _line(self, columns: Collection[str], values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._cell(name, value) for name, value in zip(columns, values, strict=True))

    def _cells(self, cells: Mapping[str, str]) -> Mapping[str, str]:
        return {name: self._cell(name, value) for name, value in cells.items()}

    def _cell(self, column: str, value: str) -> str:
        return self._hide(value) if column in self._columns and value not in (NULL, NO_ROW) else value

    def _hash(self, value: str) -> str:
        return "#" + blake2b(value.encode(), digest_size=6, key=self._secret).hexdigest()
