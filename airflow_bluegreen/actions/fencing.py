"""Two runs of the same act at once: one that is overtaken sees it, and leaves alone what the other does."""

from dataclasses import replace

from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError, OvertakenError
from airflow_bluegreen.ports import Platform, ReleaseStore


def fenced(platform: Platform, record: ReleaseRecord) -> Platform:
    """The platform for one run: its ledger raises OvertakenError, when read and when written, as soon as
    somebody else has changed the record of the release that this run knows.
    """
    return replace(platform, releases=FencedReleases(platform.releases, record))


class FencedReleases:
    """A ledger as one run sees it. Implements ``ports.ReleaseStore``.

    :param record: the release's record as this run has read it.
    """

    def __init__(self, store: ReleaseStore, record: ReleaseRecord) -> None:
        self._store = store
        self._release = record.release
        self._known = to_json(record)

    def records(self) -> tuple[ReleaseRecord, ...]:
        """As the store's. Raises OvertakenError when the release's record is another than this run knows."""
        records = self._store.records()
        held = next((one for one in records if one.release == self._release), None)
        if held is None or to_json(held) != self._known:
            raise self._overtaken()
        return records

    def save(self, record: ReleaseRecord, *, expected: ReleaseRecord | None) -> None:
        """As the store's. Raises OvertakenError when the ledger holds something else than is expected."""
        try:
            self._store.save(record, expected=expected)
        except ConflictError as error:
            raise self._overtaken() from error
        if record.release == self._release:
            self._known = to_json(record)

    def write_complaints(self) -> tuple[str, ...]:
        """As the store's."""
        return self._store.write_complaints()

    def _overtaken(self) -> OvertakenError:
        return OvertakenError(
            f"another run works on release {self._release} and has come further than this one",
            remedy="Let it end, then run this again: it goes on where things stand",
        )
