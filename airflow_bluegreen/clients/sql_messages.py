"""How this process and its helpers of :mod:`airflow_bluegreen.clients.sql_helpers` talk: messages of parts.

Many questions go in one message, and so do their answers: for each message the asking thread has to wait for
its turn in a process that is busy reading SQL.
"""

from collections.abc import Iterator, Sequence
from struct import Struct, error
from typing import IO

_SIZE = Struct("<I")
"""Goes before every message, and before every part of one."""


def write_message(pipe: IO[bytes], parts: Sequence[bytes]) -> None:
    """One message, sent at once."""
    body = b"".join(piece for part in parts for piece in (_SIZE.pack(len(part)), part))
    pipe.write(_SIZE.pack(len(body)) + body)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> list[bytes]:
    """The parts of the next message. Raises EOFError where there is none, or half of one."""
    return list(_parts(_exactly(pipe, *_SIZE.unpack(_exactly(pipe, _SIZE.size)))))


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    found = pipe.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _parts(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        try:
            (size,) = _SIZE.unpack_from(body, at)
        except error as short:
            raise EOFError from short
        at += _SIZE.size + size
        if at > len(body):
            raise EOFError
        yield body[at - size : at]
