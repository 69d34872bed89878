"""How the REST clients talk: a connection pool a server, explicit timeouts, errors by what may be done next.

A request that only reads is repeated a few times when the server cannot be reached. A request that writes is
sent once: when its answer is lost nobody knows whether it was carried out.
"""

import weakref
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import httpx
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
)

from airflow_bluegreen.clients.http_access import distrust, open_client
from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    OutcomeUnknownError,
    TransientError,
)

_READ_ATTEMPTS = 3
_BUSY = frozenset({429, 503})
_LOST = frozenset({502, 504})

Answer = TypeVar("Answer")


class HttpServer:
    """A REST server.

    :param name: what people call it, for messages: ``Flink SQL gateway``.
    :param url: base URL; request paths are appended to it.
    :param auth: how the server is entered; None where everybody may.
    :param timeout: seconds to wait for an answer, unless ``auth`` says otherwise.
    :param transport: replaces the network, for tests.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        auth: ServerAccess | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._auth = auth
        self._timeout = timeout
        self._transport = transport

    @cached_property
    def _client(self) -> httpx.Client:
        client = open_client(
            self.name,
            self.url,
            self._auth or ServerAccess(),
            timeout=self._timeout,
            transport=self._transport,
        )
        weakref.finalize(self, client.close)  # for those who only drop it
        return client

    def close(self) -> None:
        """Give the connections back; the next request opens new ones."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    def read(
        self, path: str, *, params: Mapping[str, str] | None = None, method: str = "GET", json: Any = None
    ) -> httpx.Response:
        """A request that changes nothing; repeated when the server cannot be reached.

        Answers with an error status are returned, for the client to interpret, except those that mean
        "later" or "not you". Raises TransientError or ConfigurationError.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(_READ_ATTEMPTS),
            wait=wait_exponential(multiplier=0.1, max=1.0),
            reraise=True,
        )
        return retrying(self._read_once, method, path, params, json)

    def write(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A request that changes something; sent once.

        Raises TransientError when it certainly did not arrive, OutcomeUnknownError when it may have been
        carried out, ConfigurationError when the credentials are refused.
        """
        try:
            response = self._client.request(method, path, json=json, params=params)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._unreachable(error) from error
        except httpx.TransportError as error:
            raise self._lost(method, path, type(error).__name__) from error
        if response.status_code in _LOST:
            raise self._lost(method, path, f"status {response.status_code}")
        return self._checked(response)

    def _read_once(
        self, method: str, path: str, params: Mapping[str, str] | None, json: Any
    ) -> httpx.Response:
        try:
            response = self._client.request(method, path, params=params, json=json)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.status_code in _LOST:
            raise TransientError(
                f"{self.name} at {self.url} answered {response.status_code} to {method} {path}"
            )
        return self._checked(response)

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.status_code in (401, 403):
            raise ConfigurationError(
                f"{self.name} at {self.url} refuses the credentials ({response.status_code})",
                remedy="Check user and password, or the token, of its connection",
            )
        if response.status_code in _BUSY:
            raise TransientError(f"{self.name} at {self.url} is busy ({response.status_code})")
        return response

    def _unreachable(self, error: httpx.TransportError) -> BluegreenError:
        distrusted = distrust(self.name, self.url, error)
        if distrusted is not None:
            return distrusted
        reason = str(error) or type(error).__name__
        return TransientError(
            f"{self.name} at {self.url} cannot be reached: {reason}",
            remedy="Check its address, and that it runs",
        )

    def _lost(self, method: str, path: str, reason: str) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"{self.name} at {self.url} took {method} {path} and its answer was lost ({reason})",
            remedy="Look whether it was carried out before repeating it",
        )


def wait_until(
    look: Callable[[], Answer | None], *, seconds: float, what: str, longest: float = 1.0
) -> Answer:
    """Call ``look`` until it returns something, soon at first and then every ``longest`` seconds.

    Raises OutcomeUnknownError when ``seconds`` are over: what was asked for may still happen.
    """
    retrying = Retrying(
        retry=retry_if_result(lambda answer: answer is None),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=0.02, exp_base=1.5, max=longest),
    )
    try:
        answer = retrying(look)
    except RetryError as error:
        raise OutcomeUnknownError(f"{what}: still not done after {seconds:g} s") from error
    assert answer is not None
    return answer
