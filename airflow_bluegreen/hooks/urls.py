"""What a web connection stands for: a URL and credentials."""

from airflow.sdk import Connection

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


def auth_of(connection: Connection) -> tuple[str, str] | None:
    """(user, password) for basic authentication, None where the connection has no login."""
    return (connection.login, connection.password or "") if connection.login else None
