"""What the project asks of a comparison, table by table."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far two values may be apart and still be equal: the larger of ``absolute`` and ``relative`` (a
    share of blue's value) for numbers, ``seconds`` for times.
    """

    absolute: float = 0.0
    relative: float = 0.0
    seconds: float = 0.0

    @property
    def is_exact(self) -> bool:
        return not (self.absolute or self.relative or self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """An aggregate that the project names: rows, and the sums of ``of``, for each value of ``by``."""

    by: tuple[str, ...]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDifference:
    """A difference that the project says it expects: in these columns, and in the row set if ``rows``.

    :param release: the one release that it is for; None for every release.
    """

    reason: str
    columns: tuple[str, ...] = ()
    rows: bool = False
    release: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """How one table is compared.

    ``ignore`` are columns that are not compared. ``tolerance`` holds for all columns, ``tolerances`` for
    single ones. ``mask`` are columns whose values are not shown, ``mask_as`` is ``stars`` or ``hash``.
    ``unique`` are the columns that identify a row, where the key of the DDL does not say it; ``row_id`` the
    column that carries the id of the source record. ``event_time`` is the column of the event time where
    the DDL has no watermark; ``window`` the width (s) of the windows that are counted, 0 to choose one.
    ``slower_by`` is by how much (s) green may be slower than blue, ``late_share`` by how much its share of
    late records may be higher. ``aggregate_tolerance`` is the share by which sums and means of columns may
    change that the release changes, None for any. ``decode_records`` is how many records of a side are
    decoded; of more, a share of the keys, the same on both sides. ``memory`` (bytes) is what the decoded
    rows may take before they go to disk.
    """

    ignore: tuple[str, ...] = ()
    tolerance: Tolerance = field(default_factory=Tolerance)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    mask: tuple[str, ...] = ()
    mask_as: str = "stars"
    unique: tuple[str, ...] = ()
    row_id: str = ""
    event_time: str = ""
    window: float = 0.0
    slower_by: float = 60.0
    late_share: float = 0.05
    aggregate_tolerance: float | None = None
    groups: tuple[Grouping, ...] = ()
    expected: tuple[StatedDifference, ...] = ()
    decode_records: int = 300_000
    memory: int = 512 << 20

    def tolerance_of(self, column: str) -> Tolerance:
        """What holds for that column."""
        return self.tolerances.get(column, self.tolerance)

    @property
    def tolerates(self) -> bool:
        """Whether any column may differ a little."""
        return not self.tolerance.is_exact or any(not one.is_exact for one in self.tolerances.values())

    def expected_in(self, release: str) -> tuple[StatedDifference, ...]:
        """What the project expects of that release."""
        return tuple(one for one in self.expected if one.release in (None, release))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSettings:
    """How the tables of a project are compared; ``tables`` hold by logical name what is in force there."""

    default: CheckSettings = field(default_factory=CheckSettings)
    tables: Mapping[str, CheckSettings] = field(default_factory=dict)

    def of(self, table: str) -> CheckSettings:
        """What is in force for that table."""
        return self.tables.get(table, self.default)
