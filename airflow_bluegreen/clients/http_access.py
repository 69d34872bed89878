"""How the REST clients enter a server: credentials, certificates, proxy and patience as an HTTP client."""

import ssl
from collections.abc import Generator
from pathlib import Path

import httpx

from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import ConfigurationError, Where

CONNECT_SECONDS = 5.0
_DISTRUSTED = "CERTIFICATE_VERIFY_FAILED"


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def open_client(
    name: str, url: str, access: ServerAccess, *, timeout: float, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """An HTTP client that enters the server at ``url``. Nothing is asked of it yet.

    :param name: what people call the server, for messages.
    :param timeout: seconds to wait for an answer, unless ``access`` says otherwise.
    :param transport: replaces the network, for tests.
    :raises ConfigurationError: a file is not there or not what it should be, or the proxy is no URL.
    """
    seconds = access.timeout_s or timeout
    try:
        return httpx.Client(
            base_url=url,
            auth=_credentials(access),
            verify=_trust(name, access),
            proxy=access.proxy or None,
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            transport=transport,
            headers={"Accept": "application/json, */*;q=0.1"},
        )
    except (ValueError, httpx.InvalidURL, ImportError) as error:
        # The message of the HTTP client would show the credentials in the proxy's address.
        raise ConfigurationError(
            f"{name} at {url} has a proxy whose address cannot be used ({type(error).__name__})",
            remedy="Enter it as http://proxy:3128 in the server's connection",
        ) from None


def distrust(name: str, url: str, error: httpx.TransportError) -> ConfigurationError | None:
    """The error for a server whose certificate nobody vouches for; None where ``error`` is another one."""
    if _DISTRUSTED not in str(error):
        return None
    reason = str(error).partition("certificate verify failed:")[2].partition(" (_ssl")[0].strip()
    return ConfigurationError(
        f"{name} at {url} shows a certificate that is not trusted: {reason or 'verification failed'}",
        remedy="Enter the file with the CA's certificate in the server's connection (CA file)",
    )


def _credentials(access: ServerAccess) -> httpx.Auth | None:
    if access.token:
        return _Bearer(access.token)
    return httpx.BasicAuth(access.user, access.password) if access.user else None


def _trust(name: str, access: ServerAccess) -> ssl.SSLContext | bool:
    if not (access.ca_file or access.certificate_file):
        return True
    for path in (access.ca_file, access.certificate_file, access.key_file):
        if path and not Path(path).is_file():
            raise ConfigurationError(
                f"there is no such file for the connection to {name}",
                where=Where(path=path),
                remedy="Put it there on every worker, the triggerer and the API server, or mend the path",
            )
    try:
        context = ssl.create_default_context(cafile=access.ca_file or None)
        if access.certificate_file:
            context.load_cert_chain(
                access.certificate_file, access.key_file or None, access.key_password or None
            )
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(
            f"the certificate or key for the connection to {name} cannot be read: {error}",
            where=Where(path=access.certificate_file or access.ca_file),
            remedy="It must be PEM, and the password must be the key's",
        ) from error
    return context
