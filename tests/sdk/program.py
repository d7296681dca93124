"""A program that uses an official SDK: what it is told to do, and what it tells.

All SDKs take the same orders and tell of the same events in the same words, whatever they speak
with the server, so a test does not know which of them it has.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from tests.relay import Relay
    from tests.server import Server

    Event = dict[str, Any]
    Tell = Callable[[Event], None]
    Obey = Callable[..., Awaitable[Any]]

SDK = Literal["python", "node", "chromium"]
Form = Literal["json", "protobuf"]

LOBBY = "chat.room.lobby"
PATIENCE = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Mode:
    """An SDK, where it runs, and the form of the protocol that it speaks."""

    sdk: SDK
    form: Form

    def __str__(self) -> str:
        return f"{self.sdk}-{self.form}"


class RefusedError(Exception):
    """An order to which the server, or the SDK itself, answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Host(Protocol):
    """Runs clients of one SDK."""

    def client(
        self, site: Server | Relay, tell: Tell, *, form: Form, cookie: str, tokens: list[str] | None
    ) -> AbstractAsyncContextManager[Obey]:
        """Make a client, which ends with the block, and return what passes orders on to it.

        With `tokens` it shows these one after the other.
        """
        ...


@dataclass(eq=False, kw_only=True)
class Program:
    """One client. `events` are all that a test has taken note of so far, in their order."""

    obey: Obey
    told: asyncio.Queue[Event]
    events: list[Event] = field(default_factory=list)

    async def ask(self, order: str, /, **details: Any) -> Any:
        """Tell it what to do, and return the result; raise `RefusedError`."""
        return await asyncio.wait_for(self.obey(order, **details), PATIENCE)

    async def event(self, name: str, /, **expected: Any) -> Event:
        """Return the next event of this name in which this is so; others are passed over."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    event = await self.told.get()
                    self.events.append(event)
                    if event["event"] == name and expected.items() <= event.items():
                        return event
        except TimeoutError:
            raise AssertionError(f"No {name} {expected} came after {self.events}") from None

    def names(self) -> list[str]:
        """Return the names of all events so far, also of those that nobody waited for."""
        while not self.told.empty():
            self.events.append(self.told.get_nowait())
        return [event["event"] for event in self.events]

    async def connect(self) -> Event:
        """Connect, and wait until it is done."""
        await self.ask("connect")
        return await self.event("connected")

    async def follow(self, topic: str = LOBBY, **options: Any) -> Event:
        """Subscribe, and wait until it is done."""
        await self.ask("subscribe", channel=topic, **options)
        return await self.event("subscribed", channel=topic)

    async def heard(self, count: int) -> list[Any]:
        """Return what was published next, as often as that."""
        return [(await self.event("publication"))["data"] for _ in range(count)]

    async def publish(self, topic: str, *data: Any) -> None:
        """Publish where clients may."""
        for each in data:
            await self.ask("publish", channel=topic, data=each)

    async def call(self, method: str, /, **data: Any) -> Any:
        """Call an action and return its result."""
        return await self.ask("rpc", method=method, data=data)

    async def say(self, text: str) -> Any:
        """Post into the lobby."""
        return await self.call("chat.send", room="lobby", text=text)

    async def asked_all(self) -> None:
        """Return when the server has handled all that this client asked so far."""
        await self.call("chat.history", room="lobby")


class Start(Protocol):
    """Starts a program in the mode of the test, connected unless the test wants to do that."""

    def __call__(
        self,
        site: Server | Relay,
        *,
        cookie: str = "",
        tokens: Sequence[str] | None = None,
        connect: bool = True,
    ) -> AbstractAsyncContextManager[Program]: ...
