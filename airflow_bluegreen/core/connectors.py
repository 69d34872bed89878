"""Sink connectors kept in git: ``connector.<name>.json`` with ``{"name": …, "config": {"topics": …, …}}``."""

import json
import re
from collections.abc import Mapping
from typing import Any

from airflow_bluegreen.core.model import Connector
from airflow_bluegreen.exceptions import DuplicateOwnerError, ProjectError, Where

_FILE = re.compile(r"connector\..+\.json\Z")
_TOPICS = re.compile(r'("topics"\s*:\s*")((?:[^"\\]|\\.)*)(?=")')


def same_config(one: Mapping[str, str] | None, other: Mapping[str, str] | None) -> bool:
    """Whether two configurations say the same; Connect adds the name where it is left out."""
    if one is None or other is None:
        return one is other
    return {**one, "name": ""} == {**other, "name": ""}


def topics_read(config: Mapping[str, str]) -> frozenset[str]:
    """The topics that a configuration lists."""
    return frozenset(topic.strip() for topic in config.get("topics", "").split(",") if topic.strip())


def is_connector_file(path: str) -> bool:
    """Whether a path is that of a connector file."""
    return _FILE.match(path.rpartition("/")[2]) is not None


def read_connectors(files: Mapping[str, str]) -> tuple[Connector, ...]:
    """The connectors among the files, by name. Raises ProjectError with its place, DuplicateOwnerError."""
    found: dict[str, Connector] = {}
    for path in sorted(filter(is_connector_file, files)):
        connector = _read(files[path], path)
        if connector.name in found:
            raise DuplicateOwnerError(
                f"connector {connector.name} is defined twice, here and in {found[connector.name].where}",
                where=connector.where,
                remedy="Keep one of the two files",
            )
        found[connector.name] = connector
    return tuple(found[name] for name in sorted(found))


def with_topics(config: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """The configuration with the names in its ``topics`` replaced; those without a new name stay."""
    if "topics" not in config:
        return dict(config)
    return {**config, "topics": _replace(config["topics"], names)}


def with_topics_in_text(text: str, names: Mapping[str, str]) -> str:
    """The file's text with the names in its ``topics`` replaced, every other byte as it was."""
    return _TOPICS.sub(lambda found: found[1] + _replace(found[2], names), text)


def _replace(topics: str, names: Mapping[str, str]) -> str:
    return re.sub(r"[^,\s]+", lambda found: names.get(found[0], found[0]), topics)


def _read(text: str, path: str) -> Connector:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        where = Where(path=path, line=error.lineno, column=error.colno)
        raise ProjectError(f"not valid JSON: {error.msg}", where=where, remedy="Mend the file") from error
    config = content.get("config") if isinstance(content, dict) else None
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(config, dict) or not isinstance(name, str) or not name:
        raise ProjectError(
            "a connector file needs a name and a config",
            where=Where(path=path, line=1),
            remedy='Write {"name": "…", "config": {…}}',
        )
    texts = {key: _text(key, value, path) for key, value in config.items()}
    topics = tuple(topic.strip() for topic in texts.get("topics", "").split(",") if topic.strip())
    return Connector(
        name=name,
        where=Where(path=path, line=1),
        config=texts,
        topics=topics,
        shared_target=_is_shared(content.get("shared_target", False), path),
    )


def _is_shared(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    raise ProjectError(
        "shared_target is neither true nor false",
        where=Where(path=path, line=1),
        remedy="Write true or false",
    )


def _text(key: str, value: Any, path: str) -> str:
    """Connect takes texts only; numbers and booleans are written as JSON writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise ProjectError(
        f"config value {key} is not a text", where=Where(path=path, line=1), remedy="Put the value in quotes"
    )
