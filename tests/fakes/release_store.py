"""The ledger in memory, as the text that the real one writes."""

from airflow_bluegreen.core.documents import from_json, to_json
from airflow_bluegreen.core.model import ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError
from tests.fakes.wire import Wire


class FakeReleases:
    """Implements ``ports.ReleaseStore``. Two of them may share a ``ledger``, as two writers."""

    def __init__(
        self, project: str = "retail", environment: str = "local", ledger: dict[str, str] | None = None
    ) -> None:
        self.project = project
        self.environment = environment
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.complaints: tuple[str, ...] = ()
        self.ledger: dict[str, str] = {} if ledger is None else ledger

    def records(self) -> tuple[ReleaseRecord, ...]:
        with self.wire.call("records"):
            return self._read()

    def write_complaints(self) -> tuple[str, ...]:
        with self.wire.call("write_complaints"):
            return self.complaints

    def save(self, record: ReleaseRecord, *, expected: ReleaseRecord | None) -> None:
        with self.wire.call("save", record, expected):
            held = {kept.release: kept for kept in self._read()}.get(record.release)
            stored = None if expected is None else from_json(ReleaseRecord, to_json(expected))
            if held != stored:
                raise ConflictError(f"the ledger holds another record of release {record.release}")
            key = f"{record.environment}/{record.release}"
            self.ledger.pop(key, None)
            self.ledger[key] = to_json(record)

    def _read(self) -> tuple[ReleaseRecord, ...]:
        mine = [text for key, text in self.ledger.items() if key.startswith(f"{self.environment}/")]
        found = (from_json(ReleaseRecord, text) for text in mine)
        return tuple(sorted(found, key=lambda record: record.updated_at))
