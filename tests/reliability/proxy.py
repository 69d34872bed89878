"""A network that can be cut: a TCP proxy for each pair of programs that talk."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

HOST = "127.0.0.1"
_CHUNK = 65_536

Result = TypeVar("Result")


class Proxy:
    """Forwards connections to a port, until it is cut.

    A cut network is silent: what is sent into it is neither answered nor refused, and connections that were
    open say nothing any more. When it is mended, connections from before are ended. When one side breaks off,
    as a program does that is killed, so does the other.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self.target = target
        self.port = port
        self._open: set[asyncio.StreamWriter] = set()
        self._way = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Nothing passes from now on."""
        self._loop.call_soon_threadsafe(self._way.clear)

    def mend(self) -> None:
        """New connections pass again; the old ones are ended."""
        self._call(self._mended())

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        done: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(10)

    async def _listen(self) -> None:
        self._way.set()
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _mended(self) -> None:
        if not self._way.is_set():
            self._break_all()
            self._way.set()

    def _break_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _shut(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        self._break_all()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        # A connection that is being forwarded when the proxy is shut is cancelled, which is no error.
        with suppress(asyncio.CancelledError):
            await self._way.wait()
            await self._forward(reader, writer)
        self._open.discard(writer)
        writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            return
        self._open.add(far_writer)
        try:
            with suppress(OSError):
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            await self._way.wait()
        finally:
            self._open.discard(far_writer)
            far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._way.wait()
            writer.write(data)
            await writer.drain()
        await self._way.wait()
        if writer.can_write_eof():
            writer.write_eof()
