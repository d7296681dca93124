"""A line between client and server that a test can cut, mend, stall and slow, as networks do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

# What is under way, with the time at which it arrives; nothing at all is the end.
Way = asyncio.Queue[tuple[float, bytes]]


class Relay:
    """Passes bytes on to `port` of this machine, until it is cut.

    `delay` is for how many seconds they are under way, in each direction.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.delay = 0.0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut = 0
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self.resume()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    @property
    def url(self) -> str:
        """Where the site is found on this side of the line."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_socket(self) -> str:
        """The address of the Data socket on this side of the line."""
        return f"ws://127.0.0.1:{self.port}/app/ws/data"

    def stall(self) -> None:
        """Carry nothing for a while; what is cut off meanwhile is lost."""
        self._there.clear()
        self.stall_answers()

    def stall_answers(self) -> None:
        """Carry nothing from the server for a while, but go on to carry to it."""
        self._back.clear()

    def resume(self) -> None:
        """Carry what has gathered."""
        self._there.set()
        self._back.set()

    async def mend(self) -> None:
        """Take connections, on the same port as before."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse new connections and break those that are there, without a word."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._cut += 1
        self.resume()
        await asyncio.gather(*self._tasks)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(
            self._pass_on(reader, back, self._there), self._pass_on(there, writer, self._back)
        )

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        self._writers.add(writer)
        loop, cut = asyncio.get_running_loop(), self._cut
        way: Way = asyncio.Queue()
        delivery = loop.create_task(self._deliver(way, writer, flows))
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await flows.wait()
                if cut != self._cut:
                    break
                way.put_nowait((loop.time() + self.delay, data))
        way.put_nowait((loop.time() + self.delay, b""))
        await delivery

    async def _deliver(self, way: Way, writer: asyncio.StreamWriter, flows: asyncio.Event) -> None:
        loop, cut = asyncio.get_running_loop(), self._cut
        with suppress(ConnectionError):
            while True:
                due, data = await way.get()
                await asyncio.sleep(due - loop.time())
                await flows.wait()
                if not data or cut != self._cut:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self._writers.discard(writer)
