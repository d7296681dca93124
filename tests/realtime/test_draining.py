"""The end of a server: everybody is sent away, little by little, and nobody is waited for long."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from realtime.codecs.joining import Message
from realtime.connections import Connection, Connections
from realtime.draining import GROUP, PACE, drain
from realtime.outbox import Ending, Outbox

if TYPE_CHECKING:
    from realtime.message import Frame

RESTART = Ending(1012, "shutdown")


class Crowd:
    """Connections that are gone as soon as they are closed, unless they are told to stay."""

    def __init__(self, size: int, *, stubborn: bool = False) -> None:
        self.connections = Connections()
        self.closed: list[float] = []
        self.stubborn = stubborn
        for number in range(size):
            self.connections.add(self._connection(number))

    def _connection(self, number: int) -> Connection:
        def join(frames: list[Frame]) -> Message:
            return Message({})

        async def send(event: Any) -> None:
            """Send nothing."""

        def ready(outbox: Outbox) -> None:
            assert outbox.ending == RESTART
            self.closed.append(asyncio.get_running_loop().time())
            if not self.stubborn:
                self.connections.remove(connection)

        outbox = Outbox(
            send=send,
            join=join,
            ready=ready,
            ended=lambda _: None,
            max_size=1000,
            dropped=Counter(),
        )
        connection = Connection(
            id=str(number),
            socket="html",
            user="",
            session="",
            outbox=outbox,
            farewell=lambda code, reason: None,
            revocation=Ending(4401, ""),
            shutdown=RESTART,
        )
        return connection


async def test_everybody_is_sent_away_in_groups() -> None:
    crowd = Crowd(2 * GROUP + 1)

    await drain(crowd.connections, limit=10)

    assert len(crowd.closed) == 2 * GROUP + 1
    assert len(crowd.connections) == 0
    assert crowd.closed[GROUP] - crowd.closed[GROUP - 1] >= 0.9 * GROUP / PACE
    assert crowd.closed[2 * GROUP] - crowd.closed[GROUP] >= 0.9 * GROUP / PACE


async def test_a_peer_that_does_not_go_is_not_waited_for_beyond_the_limit() -> None:
    crowd = Crowd(1, stubborn=True)

    async with asyncio.timeout(5):
        await drain(crowd.connections, limit=0.1)

    assert len(crowd.closed) == len(crowd.connections) == 1
