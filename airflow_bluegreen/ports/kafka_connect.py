"""Sink connectors."""

from collections.abc import Mapping
from typing import Protocol

from airflow_bluegreen.core.model import ConnectorState, Offsets


class ConnectorReader(Protocol):
    def connector(self, name: str) -> ConnectorState | None:
        """Its config, committed offsets and state (``RUNNING``, ``STOPPED``, ``FAILED`` …), None where

        absent.
        """
        ...

    def connectors(self) -> tuple[str, ...]: ...

    def configs(self) -> Mapping[str, Mapping[str, str]]:
        """The configuration of every connector, by name."""
        ...

    def validate_config(self, config: Mapping[str, str]) -> tuple[str, ...]:
        """Connect's own complaints about a config, one line each; empty when it is valid."""
        ...


class ConnectorWriter(Protocol):
    def put_config(self, name: str, config: Mapping[str, str], *, stopped: bool = False) -> None:
        """Create or replace; a connector that is created with ``stopped`` does not start."""
        ...

    def stop_connector(self, name: str) -> None:
        """Stop and wait until it is STOPPED with no task left."""
        ...

    def set_offsets(self, name: str, offsets: Offsets) -> None:
        """Set the offsets of a stopped connector; partitions that are not named are reset."""
        ...

    def resume_connector(self, name: str) -> None:
        """Resume and wait until connector and tasks are RUNNING;

        StatementError with the task's trace if one fails.
        """
        ...

    def delete_connector(self, name: str) -> None:
        """Delete it and its consumer group; an absent one is fine."""
        ...


class Connectors(ConnectorReader, ConnectorWriter, Protocol): ...
