"""Whatever happens: order kept, nothing doubled, nothing lost within the window, or an honest no.

Programs that keep positions as the SDKs do follow two topics of the real site, over the real
consumer, on a clock of its own. A random schedule publishes, cuts, reads late, delays and loses
what the broker carries, trims, evicts and restarts; each publication that arrives is checked
against the position of its reader.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goby_project.asgi import application
from realtime import registry
from realtime.catalog import Options
from realtime.history import NOWHERE, History, Query
from realtime.message import Position
from realtime.router import Pattern
from tests.realtime.clock import ClockLoop
from tests.wire import DataWire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from realtime.message import Publication

KEEP = History(size=4, ttl=10)
TOPICS = ("model.a", "model.b")
PROGRAMS = 3
ROUNDS = 3  # a connection that is closed with 3010 comes back once more


@dataclass
class Topic:
    """What the model knows of a topic: every publication ever, and which of them are kept."""

    top: Position = NOWHERE
    kept: list[tuple[float, int]] = field(default_factory=list)  # until, offset
    said: dict[Position, int] = field(default_factory=dict)

    def recoverable(self, since: Position, now: float) -> bool:
        """Tell whether all that came after a position is still kept."""
        kept = {offset for until, offset in self.kept if until > now}
        missed = range(since.offset + 1, self.top.offset + 1)
        return since.epoch == self.top.epoch and kept.issuperset(missed)


class World:
    """The site, a network between its broker and its hub, and a model of what was published."""

    def __init__(self) -> None:
        self.now = 0.0
        self.count = 0
        self.programs = [Program(self) for _ in range(PROGRAMS)]
        self.restart()

    def restart(self) -> None:
        """Lose all that was in memory; the connections end with it."""
        registry.reset()
        for program in self.programs:
            program.drop()
        self.topics = {topic: Topic() for topic in TOPICS}
        self.delayed: deque[Publication] = deque()
        self.slow = False
        self.engine = registry.engine()
        self.broker = cast("Any", self.engine.pubsub.broker)
        self.broker._store.clock = lambda: self.now

    async def attach(self) -> None:
        """Serve, with the network in between."""
        await registry.attach()
        self.broker._on_publication = self.carry

    async def start_again(self) -> None:
        """Stop the server, and start another."""
        await registry.detach()
        self.restart()
        await self.attach()

    def slow_down(self) -> None:
        """Let the network delay what it carries."""
        self.slow = True

    def wait(self, seconds: int) -> None:
        """Let the histories grow old."""
        self.now += seconds

    def carry(self, publication: Publication) -> None:
        """Tell the hub now, or later."""
        if self.slow:
            self.delayed.append(publication)
        else:
            self.engine.hub.dispatch(publication)

    async def publish(self, topic: str, count: int) -> None:
        for _ in range(count):
            self.count += 1
            draft = self.engine.pubsub.draft(topic, self.count)
            position = await self.engine.pubsub.apublish(draft)
            assert position is not None
            model = self.topics[topic]
            model.top = position
            model.said[position] = self.count
            model.kept = [*model.kept, (self.now + KEEP.ttl, position.offset)][-KEEP.size :]

    def hurry(self, *, lose: bool) -> None:
        """Let the network carry at once again; what it delayed arrives in its order, or never."""
        self.slow = False
        while self.delayed:
            publication = self.delayed.popleft()
            if not lose:
                self.engine.hub.dispatch(publication)

    async def trim(self, topic: str) -> None:
        await self.engine.recovery.remove(topic)
        self.topics[topic].kept = []

    def evict(self) -> None:
        """Lose the histories, but not the connections."""
        store = self.broker._store
        store._tops.clear()
        store._kept.clear()
        self.topics = {topic: Topic(said=model.said) for topic, model in self.topics.items()}

    async def take_step(self, name: str, number: int) -> None:
        """Let one thing happen; the number says to whom, or how much."""
        topic, program = TOPICS[number % 2], self.programs[number % PROGRAMS]
        steps: dict[str, Callable[[], Awaitable[None] | None]] = {
            "publish": lambda: self.publish(topic, 1 + number % 3),
            "cut": program.drop,
            "connect": program.connect,
            "read": program.read,
            "slow": self.slow_down,
            "arrive": lambda: self.hurry(lose=False),
            "lose": lambda: self.hurry(lose=True),
            "wait": lambda: self.wait(number),
            "trim": lambda: self.trim(topic),
            "evict": self.evict,
            "check": self.engine.recovery.check_positions,
            "restart": self.start_again,
        }
        waiting = steps[name]()
        if waiting is not None:
            await waiting


class Program:
    """A client that keeps its positions, and comes back with them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire: DataWire | None = None
        self.positions: dict[str, Position] = {}
        self.asked: dict[int, tuple[str, bool]] = {}  # by command: the topic, must it recover
        self.following: set[str] = set()

    def drop(self) -> None:
        """Be cut off: what was on its way is gone."""
        if self.wire is not None:
            self.wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
        self.wire, self.asked, self.following = None, {}, set()

    def connect(self) -> None:
        """Connect and subscribe in one frame, as the SDKs do."""
        if self.wire is None:
            self.wire = DataWire(application)
            self.wire.start()
            commands = [self.wire.command("connect"), *map(self.subscription, TOPICS)]
            self.wire.send_text("\n".join(commands))

    def subscription(self, topic: str) -> str:
        """Return the command that follows a topic, from the last position if there is one."""
        assert self.wire is not None
        model, since = self.world.topics[topic], self.positions.get(topic)
        request: dict[str, object] = {"channel": topic}
        if since is not None:
            request |= {"recover": True, "offset": since.offset, "epoch": since.epoch}
        text = self.wire.command("subscribe", **request)
        must = since is not None and model.recoverable(since, self.world.now)
        self.asked[self.wire.last_id] = (topic, must)
        return text

    async def read(self) -> None:
        """Handle all that came, and what the server answers to that."""
        while self.wire is not None and not self.wire.outgoing.empty():
            event = await self.wire.event()
            if event["type"] == "websocket.close":
                self.drop()
            for line in event.get("text", "").split("\n") if "text" in event else ():
                self.handle(json.loads(line))
            await settle()

    def handle(self, message: dict[str, Any]) -> None:
        push = message.get("push", {})
        if "pub" in push:
            assert push["channel"] in self.following, "the reply comes before any push"
            self.take(push["channel"], push["pub"])
        elif "unsubscribe" in push:
            assert push["unsubscribe"]["code"] == 2500
            self.following.remove(push["channel"])
            assert self.wire is not None
            self.wire.send_text(self.subscription(push["channel"]))
        elif "id" in message and message["id"] in self.asked:
            self.enter(*self.asked.pop(message["id"]), message["subscribe"])

    def enter(self, topic: str, must: bool, result: dict[str, Any]) -> None:  # noqa: FBT001 - a pair
        self.following.add(topic)
        if result.get("recovered"):
            assert self.positions[topic] == Position(result.get("offset", 0), result["epoch"])
            for pub in result.get("publications", []):
                self.take(topic, pub)
        else:
            assert not must, "nothing is lost within the window"
            assert "publications" not in result
            self.positions[topic] = Position(result.get("offset", 0), result["epoch"])

    def take(self, topic: str, pub: dict[str, Any]) -> None:
        before = self.positions[topic]
        position = Position(pub["offset"], before.epoch)
        assert position.offset == before.offset + 1, "no hole, no double, in order"
        assert self.world.topics[topic].said[position] == pub["data"]
        self.positions[topic] = position


async def settle() -> None:
    """Let everything happen that is due; the clock is not the wall's."""
    await asyncio.sleep(0.05)


async def finish(world: World) -> None:
    """Let all come back in the end, and know all there is."""
    world.hurry(lose=True)
    for _ in range(ROUNDS):
        for program in world.programs:
            program.connect()
        await settle()
        await world.engine.recovery.check_positions()
        await settle()
        for program in world.programs:
            await program.read()
    for topic in TOPICS:
        page = await world.broker.read(topic, KEEP, Query(limit=0))
        for program in world.programs:
            assert program.positions[topic] == page.top


async def play(steps: list[tuple[str, int]]) -> None:
    world = World()
    await world.attach()
    try:
        for program in world.programs:
            program.connect()
        for name, number in steps:
            await world.take_step(name, number)
            await settle()
        await finish(world)
    finally:
        for program in world.programs:
            program.drop()
        await settle()
        await registry.detach()


# What happens often stands here often.
STEPS = (
    *("publish", "publish", "publish", "connect", "connect", "read", "read", "cut", "cut"),
    *("slow", "arrive", "lose", "wait", "trim", "evict", "check", "restart"),
)


@pytest.fixture
def _topics() -> Iterator[None]:
    pattern = Pattern("model.{name}")
    registry.catalog.add(pattern, Options(history=KEEP, can_subscribe="anyone"))
    yield
    registry.catalog.remove(pattern)
    registry.reset()


@pytest.mark.usefixtures("_topics")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=30, max_size=120)
)
def test_program_sees_every_publication_once_and_in_order_or_is_told(
    steps: list[tuple[str, int]],
) -> None:
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(play(steps))
