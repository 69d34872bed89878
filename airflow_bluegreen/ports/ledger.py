"""The durable record of releases."""

from typing import Protocol

from airflow_bluegreen.core.model import ReleaseRecord


class ReleaseReader(Protocol):
    def records(self) -> tuple[ReleaseRecord, ...]:
        """The releases of this environment, oldest change first."""
        ...

    def write_complaints(self) -> tuple[str, ...]:
        """Why a record could not be saved, as far as that can be asked without saving; empty for nothing."""
        ...


class ReleaseWriter(Protocol):
    def save(self, record: ReleaseRecord, *, expected: ReleaseRecord | None) -> None:
        """Write a record durably, provided that the ledger still holds ``expected`` for that release.

        Raises ConflictError when it holds something else, or when another writer took over.
        """
        ...


class ReleaseStore(ReleaseReader, ReleaseWriter, Protocol): ...
