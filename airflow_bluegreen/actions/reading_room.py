"""What folds of topics need around them: memory and a shelf, a watch, and a place for what was stopped."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from airflow_bluegreen import __version__
from airflow_bluegreen.actions.reading_watch import ReadingWatch
from airflow_bluegreen.core.comparison.fold import Fold
from airflow_bluegreen.core.comparison.hashed import HashedRecords
from airflow_bluegreen.core.model import Offsets
from airflow_bluegreen.ports import FoldStore

Positions = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRoom:
    """Room for the folds of one comparison; without a ``store`` all of them stay in memory, and nothing is
    kept of one that is stopped.
    """

    store: FoldStore | None = None
    watched: ReadingWatch | None = None
    shelves: ExitStack | None = None

    def fold(self, *, keyed: bool) -> Fold:
        """An empty fold. Two of them share the memory."""
        if self.store is None or self.shelves is None or self.watched is None:
            return Fold(keyed=keyed)
        shelf = self.shelves.enter_context(self.store.shelf())
        return Fold(keyed=keyed, memory=self.watched.settings.hash_memory // 2, shelf=shelf)

    def watch(self, topic: str, batch: HashedRecords, done: int, total: int) -> None:
        """Tell of a batch. Raises StoppedError when somebody asked to stop."""
        if self.watched is not None:
            self.watched.read(topic, records=batch.records, size=batch.size, done=done, total=total)

    def check(self) -> None:
        """Raise StoppedError when somebody asked to stop."""
        if self.watched is not None:
            self.watched.check()

    def say(self, line: str) -> None:
        """Tell it, where somebody watches."""
        if self.watched is not None:
            self.watched.say(line)


NO_ROOM = ReadingRoom()


@contextmanager
def reading_room(store: FoldStore | None, watch: ReadingWatch) -> Iterator[ReadingRoom]:
    """Room for one comparison; its shelves are gone afterwards."""
    with ExitStack() as shelves:
        yield ReadingRoom(store=store, watched=watch, shelves=shelves)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is kept of a fold beside its entries; ``counts``: records, tombstones, null keys."""

    identity: str
    begin: Offsets
    position: Positions
    counts: tuple[int, int, int]


class SavedFold:
    """A fold that a stopped comparison leaves for the next one of the same topic, read in the same way.

    :param mark: another one wherever records come to other hashes.
    :param identity: asks which topic it is: one created anew under its name is another one.
    """

    def __init__(
        self, store: FoldStore | None, topic: str, *, mark: str, identity: Callable[[], str]
    ) -> None:
        self._store = store
        self._topic = topic
        self._asked = identity
        self._identity = ""
        name = f"{__version__} {topic} {mark}"
        self._name = hashlib.sha256(name.encode()).hexdigest()[:32]

    def keep(self, fold: Fold, begin: Offsets, position: Offsets) -> None:
        """Keep it; nothing where there is no identity to know the topic by."""
        if self._store is None or not self._identity:
            return
        facts = {
            "identity": self._identity,
            "begin": {str(part): offset for (_, part), offset in begin.items()},
            "position": {str(part): offset for (_, part), offset in position.items()},
            "records": fold.records,
            "tombstones": fold.tombstones,
            "null_keys": fold.null_keys,
        }
        self._store.save(self._name, json.dumps(facts), fold.entries())

    def restored(self, fold: Fold, begins: Offsets, ends: Offsets) -> tuple[Offsets, Positions] | None:
        """Fill an empty fold with what was kept: where it began, and how far it came. None where nothing was
        kept, or of another topic, or where nothing tells topics of one name apart; or when records that it
        counts are gone.

        :param begins: where the topic begins now.
        :param ends: where it ends now.
        """
        if self._store is None:
            return None
        self._identity = self._asked()  # now: when there is something to keep, the brokers may be away
        if not self._identity:
            return None
        with self._store.load(self._name) as kept:
            facts = None if kept is None else self._understood(kept[0])
            if kept is not None and facts is not None and self._holds(facts, begins, ends):
                for entries in kept[1]:
                    fold.add(HashedRecords(entries=entries, records=0))
                fold.records, fold.tombstones, fold.null_keys = facts.counts
                return facts.begin, facts.position
        self.forget()
        return None

    def _understood(self, header: str) -> "_Facts | None":
        """What was kept beside the entries; None for what nobody understands."""
        try:
            told = json.loads(header)
            begin, position = (
                {(self._topic, int(part)): int(offset) for part, offset in told[name].items()}
                for name in ("begin", "position")
            )
            counts = (int(told["records"]), int(told["tombstones"]), int(told["null_keys"]))
            return _Facts(identity=told["identity"], begin=begin, position=position, counts=counts)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def _holds(self, facts: "_Facts", begins: Offsets, ends: Offsets) -> bool:
        """Whether it is this topic still, with all the records that were folded."""
        ahead = any(offset > ends.get(at, 0) for at, offset in facts.position.items())
        deleted = any(offset > facts.begin.get(at, 0) for at, offset in begins.items())
        return facts.identity == self._identity and not ahead and not deleted

    def forget(self) -> None:
        """Keep nothing."""
        if self._store is not None:
            self._store.forget(self._name)
