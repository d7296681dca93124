"""A house with halls that people enter over real sockets, on a clock that jumps.

Nobody here is in the database: each connection brings its user along. So nothing waits for a
thread, and seconds pass at once, and exactly.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser, User

from realtime import Topic, registry
from realtime.pubsub import PubSub
from realtime.routing import websocket_urlpatterns
from realtime.tokens import Page, sign
from tests.realtime.clock import ClockLoop
from tests.wire import HTML, DataWire, Wire, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from pytest_django import Settings

    from realtime.message import Draft, Position

HALL = "hall.main"
IN_HALL = "presence.in.hall:main"
TYPING = "typing.in.hall:main"


def pytest_asyncio_loop_factories(
    item: pytest.Function,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Let time jump in each test of the house."""
    in_house = "house" in item.fixturenames
    return {"clock": ClockLoop} if in_house else {"asyncio": asyncio.new_event_loop}


def user_of(name: str) -> User | AnonymousUser:
    """Return the user of this name, who has the same id each time; without a name a guest."""
    if not name:
        return AnonymousUser()
    return User(pk=zlib.crc32(name.encode()), username=name)


def id_of(name: str) -> str:
    """Return the id of the user of this name."""
    return str(user_of(name).pk)


@dataclass
class House:
    """The site. `published` are the data of all publications, by topic."""

    stack: AsyncExitStack
    published: dict[str, list[Any]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)  # questions for permission, by name

    async def program(self, name: str = "", *topics: str) -> DataWire:
        """Connect a program of somebody, which follows topics."""
        wire = DataWire(self.application_of(name))
        await self.stack.enter_async_context(opened(wire))
        await wire.connect()
        for topic in topics:
            assert "error" not in await wire.call("subscribe", channel=topic)
        return wire

    async def page(self, name: str, *topics: str) -> Wire:
        """Open a page of somebody, which follows topics."""
        page = Page(topics=dict.fromkeys(topics), user=id_of(name) if name else "", session="")
        wire = Wire(self.application_of(name), f"{HTML}?token={sign(page)}")
        await self.stack.enter_async_context(opened(wire))
        return wire

    def application_of(self, name: str) -> Any:
        """Return the sockets as this user sees them."""
        router: Any = URLRouter(websocket_urlpatterns)
        user = user_of(name)

        async def application(scope: Any, receive: Any, send: Any) -> None:
            await router({**scope, "user": user}, receive, send)

        return application

    @property
    def engine(self) -> registry.Engine:
        """The engine that serves."""
        return registry.engine()


@pytest.fixture
async def house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A site that serves on the loop of this test, and whose publications are written down."""
    settings.GOBY = {**settings.GOBY, "PING_INTERVAL": 3600}  # no ping breaks a silence
    registry.reset()
    async with AsyncExitStack() as stack:
        house = House(stack)

        async def watched(pubsub: PubSub, draft: Draft) -> Position | None:
            house.published.setdefault(draft.topic, []).append(json.loads(draft.json))
            return await publish(pubsub, draft)

        publish = PubSub.apublish
        monkeypatch.setattr(PubSub, "apublish", watched)
        declared = _declare(house)
        await registry.attach()
        yield house
    await registry.detach()
    registry.reset()
    for topic in declared:
        registry.catalog.remove(topic.pattern)


def _declare(house: House) -> list[Topic]:
    async def may_enter(client: Any, *, name: str) -> bool:
        house.asked[name] += 1
        return name != "closed" or client.user_id == id_of("ann")

    return [
        Topic("hall.{name}", presence=True, can_subscribe=may_enter),
        Topic("yard.{name}", can_subscribe="anyone", join_leave=True),
    ]


@pytest.fixture
def hall() -> Iterator[str]:
    """A topic with presence, in a process that does not serve."""
    topic = Topic("hall.{name}", presence=True, can_subscribe="anyone")
    registry.reset()
    yield HALL
    registry.reset()
    registry.catalog.remove(topic.pattern)


async def heard(wire: DataWire, topic: str = IN_HALL) -> Any:
    """Return the data of the next publication, which must be on this topic."""
    push = await wire.push()
    assert push["channel"] == topic, push
    return push["pub"]["data"]


def silent(wire: Wire) -> bool:
    """Return whether nothing came that the test has not looked at."""
    return wire.outgoing.empty() and not getattr(wire, "objects", ())
