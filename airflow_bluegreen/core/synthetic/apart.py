"""What keeps a test apart from everything else: its name, its environment, a look at each of its tables."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from airflow_bluegreen.core.model import Profile, TableDefinition
from airflow_bluegreen.core.sql import is_shared_option
from airflow_bluegreen.exceptions import ConfigurationError

_KAFKA = ("kafka", "upsert-kafka")


def run_name(project: str, environment: str, release: str, seed: int) -> str:
    """What the names of a test begin with: the same for the same release and seed."""
    text = "\n".join((project, environment, release, str(seed)))
    return f"bgtest_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def run_profile(profile: Profile, name: str) -> Profile:
    """The environment as the test's tables have it: read once from end to end, tied to nothing outside.

    Nothing is committed for a consumer group, so that none comes to be.
    """
    own = {
        "properties.commit.offsets.on.checkpoint": "false",
        "scan.startup.mode": "earliest-offset",
        "scan.bounded.mode": "latest-offset",
    }
    by_kind = {kind: _apart(options) for kind, options in profile.table_options_by_kind.items()}
    return replace(
        profile,
        name=name,
        table_options={**_apart(profile.table_options), **own},
        table_options_by_kind=by_kind,
    )


def _apart(options: Mapping[str, str]) -> dict[str, str]:
    return {option: value for option, value in options.items() if not is_shared_option(option)}


def refuse_outside(definition: TableDefinition, physical: str, name: str) -> None:
    """Raises ConfigurationError when a table, as Flink gets it, is anything but a topic of the test."""
    connector, topic = definition.options.get("connector", ""), definition.options.get("topic", physical)
    if connector and connector not in _KAFKA:
        raise ConfigurationError(
            f"{physical} would be a table of connector {connector}, which is not the test's own",
            remedy="Only tables in Kafka are tested; leave this one out (integration_test.select)",
        )
    if not topic.startswith(f"{name}_") or "topic-pattern" in definition.options:
        raise ConfigurationError(
            f"{physical} would read or write topic {topic}, which is not the test's own",
            remedy="Name the topic in the table's own WITH clause",
        )
    for option, value in definition.options.items():
        if option.endswith("subject") and not value.startswith(f"{name}_"):
            raise ConfigurationError(
                f"{physical} would have subject {value} in the registry ({option}), not one of the test's",
                remedy="Leave the option out, or leave the table out of the test (integration_test.select)",
            )
