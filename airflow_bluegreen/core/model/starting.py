"""How a green table comes by its history, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Start(StrEnum):
    """How a green table starts.

    REBUILD reads its inputs from the beginning of what is retained; CARRY_OVER copies blue's rows and goes on
    where they end; SEED copies blue's rows and takes over blue's state; LATEST begins without history. AUTO
    is only ever wished for: SEED or CARRY_OVER where it gives what REBUILD would, else REBUILD.
    """

    REBUILD = "rebuild"
    CARRY_OVER = "carry_over"
    SEED = "seed"
    LATEST = "latest"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWish:
    """What the project asks for a table.

    ``or_rebuild``: whether to rebuild where that cannot be had, instead of refusing.
    """

    start: Start = Start.REBUILD
    or_rebuild: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSettings:
    """The section ``start`` of ``bluegreen.yaml``: a table's own entry counts before that of its kind."""

    default: Start = Start.REBUILD
    by_kind: Mapping[str, Start] = field(default_factory=dict)
    by_table: Mapping[str, Start] = field(default_factory=dict)
    or_rebuild: bool = False

    def wish(self, table: str, kind: str) -> StartWish:
        """What is asked for a table, given by its logical name."""
        start = self.by_table.get(table) or self.by_kind.get(kind) or self.default
        return StartWish(start=start, or_rebuild=self.or_rebuild or start is Start.AUTO)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDecision:
    """How a table starts, and why; ``refused`` says why it is not what was wished for, None where it is."""

    table: str
    start: Start
    why: str
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCost:
    """What bringing one green table up costs.

    ``records`` are retained input records to read, ``copied`` rows of blue's to copy. ``state_bytes`` is what
    blue's last checkpoint holds, to be built anew; ``slots`` are the task slots that green needs beside blue.
    ``seconds`` is the time that blue, as fast as it was measured, would take for the records. None = nobody
    can tell. ``warnings`` say what a rebuild cannot bring back.
    """

    table: str
    decision: StartDecision
    records: int | None = None
    copied: int = 0
    state_bytes: int | None = None
    slots: int | None = None
    seconds: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCost:
    """What a release costs against a full dual environment, which would bring every table up beside itself.

    ``all_records`` and ``all_state_bytes`` are what that would read and build; ``free_slots`` what the
    cluster has now; ``kept`` how many of the ``statements`` that run go on running.
    """

    tables: tuple[TableCost, ...]
    kept: int
    statements: int
    all_records: int
    all_state_bytes: int
    free_slots: int

    @property
    def records(self) -> int:
        """Records that the release reads again."""
        return sum(one.records or 0 for one in self.tables)

    @property
    def state_bytes(self) -> int:
        """State that the release builds anew."""
        return sum(one.state_bytes or 0 for one in self.tables)

    @property
    def slots(self) -> int:
        """Task slots that the release needs while both colours run."""
        return sum(one.slots or 0 for one in self.tables)

    @property
    def records_spared(self) -> float:
        """The share (0 to 1) of a full dual environment's records that the release does not read again."""
        return _share(self.records, self.all_records)

    @property
    def state_spared(self) -> float:
        """The share (0 to 1) of a full dual environment's state that the release does not build anew."""
        return _share(self.state_bytes, self.all_state_bytes)


def _share(part: int, whole: int) -> float:
    return max(0.0, 1 - part / whole) if whole else 1.0
