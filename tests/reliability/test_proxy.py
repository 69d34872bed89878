"""The network that the suites cut: what passes, what does not, and what becomes of connections."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.reliability.proxy import HOST, Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends everything back."""
    server = socket.create_server((HOST, 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy(echo) as opened:
        yield opened


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=5)


def said(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(1024)


def test_everything_passes(proxy: Proxy) -> None:
    with connected(proxy) as one, connected(proxy) as other:
        assert said(one, b"one") == b"one"
        assert said(other, b"other") == b"other"


def test_a_cut_network_is_silent(proxy: Proxy) -> None:
    with connected(proxy) as before:
        assert said(before, b"before") == b"before"
        proxy.cut()
        with connected(proxy) as during:
            for connection in (before, during):
                connection.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    said(connection, b"lost")


def test_a_mended_network_ends_what_was_open(proxy: Proxy) -> None:
    with connected(proxy) as before:
        assert said(before, b"before") == b"before"
        proxy.cut()
        proxy.mend()
        assert before.recv(1024) == b""
    with connected(proxy) as after:
        assert said(after, b"after") == b"after"


def test_mending_what_is_whole_breaks_nothing(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        proxy.mend()
        assert said(connection, b"still here") == b"still here"


def test_the_end_of_a_connection_passes_too(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        assert said(connection, b"last words") == b"last words"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1024) == b""


def test_a_server_that_breaks_off_ends_the_connection() -> None:
    with (
        socket.create_server((HOST, 0)) as server,
        Proxy(server.getsockname()[1]) as proxy,
        connected(proxy) as connection,
    ):
        far, _ = server.accept()
        connection.sendall(b"never read")
        far.recv(1)
        # As when it is killed: what it has not read makes the end of it a reset.
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        with suppress(ConnectionResetError):
            assert connection.recv(1024) == b""


def test_a_server_that_is_down_ends_the_connection() -> None:
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    with Proxy(port) as proxy, connected(proxy) as connection:
        assert connection.recv(1024) == b""
