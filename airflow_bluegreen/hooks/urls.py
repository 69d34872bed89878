"""What a web connection stands for: a URL, and how its server is entered."""

from typing import Any

from airflow.sdk import Connection
from airflow.sdk.log import mask_secret

from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError


def url_of(connection: Connection) -> str:
    """The URL of a connection, without a slash at its end.

    ``host`` may be a whole URL; else it is put together from ``schema`` (http unless given), ``host``,
    ``port`` and the ``base_path`` of the extra. Raises ConfigurationError when there is no host.
    """
    host = (connection.host or "").strip().rstrip("/")
    if not host:
        raise ConfigurationError(
            f"connection {connection.conn_id} has no host",
            remedy="Enter the server's host name in Admin > Connections",
        )
    url = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    port = f":{connection.port}" if connection.port else ""
    path = str(connection.extra_dejson.get("base_path") or "").strip("/")
    return f"{url}{port}/{path}".rstrip("/")


def access_of(connection: Connection) -> ServerAccess:
    """How the server of a connection is entered: login, token, certificates, proxy, timeout.

    What is secret of it is masked in this process's logs from now on.

    :raises ConfigurationError: the timeout is not a number of seconds.
    """
    extra = connection.extra_dejson
    secrets = {name: _text(extra, name) for name in ("token", "key_password", "proxy")}
    hide(*secrets.values(), connection.password)
    return ServerAccess(
        user=connection.login or "",
        password=(connection.password or "") if connection.login else "",
        ca_file=_text(extra, "ca_file"),
        certificate_file=_text(extra, "certificate_file"),
        key_file=_text(extra, "key_file"),
        timeout_s=_seconds(connection),
        **secrets,
    )


def hide(*secrets: str | None) -> None:
    """Mask secrets in the logs of this process. Airflow knows passwords, but not all that an extra may hold.

    :param secrets: those that are empty are left out.
    """
    for secret in secrets:
        if secret:
            mask_secret(secret)


def _seconds(connection: Connection) -> float | None:
    text = _text(connection.extra_dejson, "timeout")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigurationError(
            f"connection {connection.conn_id}: timeout is {text}, which is no number of seconds",
            remedy="Enter a number above 0, or nothing for the usual timeout",
        )
    return seconds


def _text(extra: dict[str, Any], name: str) -> str:
    value = extra.get(name)
    return "" if value is None else str(value).strip()
