"""Ports on the loopback interface that nobody listens on."""

import random
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import chain

HOST = "127.0.0.1"
# Below the range from which Linux takes the local ports of outgoing connections (32768 upwards): a port found
# free here cannot be taken by a client before the server binds it.
_RANGE = range(20_000, 32_000)
_TRIES = 1_000


def pick_ports(names: tuple[str, ...], preferred: Mapping[str, int] | None = None) -> dict[str, int]:
    """A different free port for each name, the preferred one where nobody has it.

    :raises OSError: there are not enough free ports.
    """
    found: dict[str, int] = {}
    candidates = iter(random.sample(_RANGE, _TRIES))
    with ExitStack() as held:
        # Each port stays bound until the last one is found, so that no port is given out twice.
        for name in names:
            first = [preferred[name]] if preferred and name in preferred else []
            for port in chain(first, candidates):
                if _bind(held.enter_context(socket.socket()), port):
                    found[name] = port
                    break
            else:
                raise OSError(f"no {len(names)} free ports between {_RANGE.start} and {_RANGE.stop}")
    return found


def _bind(probe: socket.socket, port: int) -> bool:
    # As servers do: a port that is only waiting for the last packets of a closed connection is free.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((HOST, port))
        probe.listen()
    except OSError:
        return False
    return True
