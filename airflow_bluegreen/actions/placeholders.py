"""Values of the project that are known only where it is deployed: ``{kafka.bootstrap.servers}`` and so on.

Built in: ``{kafka.bootstrap.servers}``, ``{schema.registry.url}`` and, for connectors, ``{connector.name}``
and ``{topic}``, the one topic that it reads.
Any other placeholder ``{some.name}`` is taken from the environment variable ``BLUEGREEN_VAR_SOME_NAME``.
"""

import os
import re
from collections.abc import Mapping

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.exceptions import ConfigurationError

_PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z][a-z0-9_.-]*)\}")  # ${file:…} is Kafka Connect's own
_PREFIX = "BLUEGREEN_VAR_"


def fill(
    values: Mapping[str, str],
    endpoints: Endpoints,
    *,
    known: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """``values`` with every placeholder replaced.

    :param known: further placeholders, such as ``connector.name``.
    :param variables: the environment variables, by default the process's.

    Raises ConfigurationError naming the option and the variable to set.
    """
    environment = os.environ if variables is None else variables
    table = {
        "kafka.bootstrap.servers": endpoints.brokers,
        "schema.registry.url": endpoints.registry_url,
        **(known or {}),
    }
    return {option: _filled(option, text, table, environment) for option, text in values.items()}


def _filled(option: str, text: str, table: Mapping[str, str], environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        variable = _PREFIX + re.sub(r"[.-]", "_", name).upper()
        found = table.get(name, environment.get(variable))
        if found is None:
            raise ConfigurationError(
                f"option {option} uses {{{name}}}, which nothing defines",
                remedy=f"Set {variable} in the environment",
            )
        return found

    return _PLACEHOLDER.sub(value, text)
