"""Whatever happens: order kept, nothing doubled, nothing lost within the window, or an honest no.

Programs that keep positions as the SDKs do follow topics of the real site, over the real consumer,
on a clock of its own: two of their own accord, one that the site names when they connect, and one
to which it invites them later. A random schedule publishes, cuts, reads late, delays and loses what
the broker carries, lets its answers wait, trims, evicts and restarts; each publication that arrives
is checked against the position of its reader.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goby_project.asgi import application
from realtime import arrivals, registry
from realtime.arrivals import on_connect
from realtime.catalog import Options
from realtime.history import NOWHERE, History, Query
from realtime.message import Position
from realtime.router import Pattern
from tests.realtime.clock import ClockLoop
from tests.wire import DataWire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from realtime import Client
    from realtime.history import Page
    from realtime.message import Publication

KEEP = History(size=4, ttl=10)
ASKED = ("model.a", "model.b")
NAMED = "model.named"
INVITED = "model.invited"
TOPICS = (*ASKED, NAMED, INVITED)
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

    def __init__(self, *, calm: bool) -> None:
        # Nothing gets lost, so nobody may be told that something was.
        self.calm = calm
        self.now = 0.0
        self.count = 0
        self.tasks: list[asyncio.Task[None]] = []
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
        self.held: asyncio.Event | None = None
        self.engine = registry.engine()
        self.broker = cast("Any", self.engine.pubsub.broker)
        self.broker._store.clock = lambda: self.now
        self.read_at_once = self.broker.read
        self.broker.read = self.read

    async def attach(self) -> None:
        """Serve, with the network in between."""
        await registry.attach()
        self.broker._on_publication = self.carry

    async def start_again(self) -> None:
        """Stop the server, and start another."""
        self.answer()
        await settle()
        await registry.detach()
        self.restart()
        await self.attach()

    async def read(self, topic: str, history: History, query: Query) -> Page:
        """Answer as a broker does that is elsewhere: with what was there sometime meanwhile."""
        before: Page = await self.read_at_once(topic, history, query)
        if self.held is None:
            return before
        await self.held.wait()
        after: Page = await self.read_at_once(topic, history, query)
        return before if self.count % 2 else after

    def hold(self) -> None:
        """Let all answers of the broker wait."""
        if self.held is None:
            self.held = asyncio.Event()
            for program in self.programs:
                program.doubt()

    def answer(self) -> None:
        """Let what waits, and all that follows, be answered."""
        if self.held is not None:
            self.held.set()
            self.held = None

    async def check(self) -> None:
        """Compare the positions, now or when the broker answers again."""
        checking = asyncio.create_task(self.engine.recovery.check_positions())
        self.tasks.append(checking)
        if self.held is None:
            await checking

    def invite(self, program: Program) -> None:
        """Let the site subscribe a program that did not ask."""
        for connection in self.engine.connections.of("", program.client or "nobody"):
            assert connection.host is not None
            self.tasks.append(asyncio.create_task(connection.host.subscribe(INVITED)))

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
        for topic in TOPICS:
            store.end(topic)
        self.topics = {topic: Topic(said=model.said) for topic, model in self.topics.items()}

    async def take_step(self, name: str, number: int) -> None:
        """Let one thing happen; the number says to whom, or how much."""
        topic, program = TOPICS[number % len(TOPICS)], self.programs[number % PROGRAMS]
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
            "check": self.check,
            "hold": self.hold,
            "answer": self.answer,
            "invite": lambda: self.invite(program),
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
        self.client = ""
        self.positions: dict[str, Position] = {}
        self.asked: dict[int, tuple[str, bool]] = {}  # by command: the topic, must it recover
        self.following: set[str] = set()

    def drop(self) -> None:
        """Be cut off: what was on its way is gone."""
        if self.wire is not None:
            self.wire.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})
        self.wire, self.client, self.asked, self.following = None, "", {}, set()

    def connect(self) -> None:
        """Connect and subscribe in one frame, as the SDKs do."""
        if self.wire is None:
            self.wire = DataWire(application)
            self.wire.start()
            named = self.since(NAMED)
            commands = [self.wire.command("connect", **({"subs": {NAMED: named}} if named else {}))]
            self.asked[self.wire.last_id] = (NAMED, self.must(NAMED))
            self.wire.send_text("\n".join([*commands, *map(self.subscription, ASKED)]))

    def subscription(self, topic: str) -> str:
        """Return the command that follows a topic, from the last position if there is one."""
        assert self.wire is not None
        text = self.wire.command("subscribe", channel=topic, **self.since(topic))
        self.asked[self.wire.last_id] = (topic, self.must(topic))
        return text

    def since(self, topic: str) -> dict[str, object]:
        """Return what a request says of the last position, if there is one."""
        since = self.positions.get(topic)
        if since is None:
            return {}
        return {"recover": True, "offset": since.offset, "epoch": since.epoch}

    def must(self, topic: str) -> bool:
        """Tell whether a question that is answered now must be answered with what was missed."""
        model, since = self.world.topics[topic], self.positions.get(topic)
        at_once = self.world.held is None
        return since is not None and at_once and model.recoverable(since, self.world.now)

    def doubt(self) -> None:
        """Expect nothing of answers that may wait until it is too late."""
        self.asked = {number: (topic, False) for number, (topic, _) in self.asked.items()}

    async def read(self) -> None:
        """Handle all that came, and what the server answers to that."""
        while self.wire is not None and not self.wire.outgoing.empty():
            event = await self.wire.event()
            if event["type"] == "websocket.close":
                assert not self.world.calm, event
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
            assert not self.world.calm, push
            self.following.remove(push["channel"])
            assert self.wire is not None
            self.wire.send_text(self.subscription(push["channel"]))
        elif "subscribe" in push:
            assert push["channel"] == INVITED
            self.enter(INVITED, False, push["subscribe"])  # noqa: FBT003 - a pair
        elif "id" in message and message["id"] in self.asked:
            self.enter(*self.asked.pop(message["id"]), self.result_of(message))

    def result_of(self, message: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = message.get("subscribe", {})
        if "connect" in message:
            self.client = message["connect"]["client"]
            result = message["connect"]["subs"][NAMED]
        return result

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
    world.answer()
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
            assert program.following.issuperset((*ASKED, NAMED))
            if topic in program.following:
                assert program.positions[topic] == page.top


async def play(steps: list[tuple[str, int]], *, calm: bool) -> None:
    world = World(calm=calm)
    await world.attach()
    try:
        for program in world.programs:
            program.connect()
        for name, number in steps:
            await world.take_step(name, number)
            await settle()
        await finish(world)
    finally:
        world.answer()
        for program in world.programs:
            program.drop()
        await settle()
        await registry.detach()
    results = await asyncio.gather(*world.tasks, return_exceptions=True)
    assert not [each for each in results if isinstance(each, BaseException)]


async def _named(_client: Client) -> list[str]:
    return [NAMED]


# What happens often stands here often.
CALM = (
    *("publish", "publish", "publish", "connect", "connect", "read", "read", "cut", "cut"),
    *("wait", "trim", "check", "restart", "invite", "invite"),
    *("hold", "hold", "hold", "answer", "answer"),
)
ALL = (*CALM, "slow", "slow", "arrive", "arrive", "lose", "evict")


def schedules(steps: Sequence[str]) -> st.SearchStrategy[list[tuple[str, int]]]:
    """Return schedules of such steps; the numbers say to whom they happen, or how much."""
    step = st.tuples(st.sampled_from(steps), st.integers(0, 11))
    return st.lists(step, min_size=30, max_size=120)


@pytest.fixture
def _topics(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(arrivals, "_arrivals", [])
    on_connect(_named)
    pattern = Pattern("model.{name}")
    registry.catalog.add(pattern, Options(history=KEEP, can_subscribe="anyone"))
    yield
    registry.catalog.remove(pattern)
    registry.reset()


@pytest.mark.usefixtures("_topics")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(steps=schedules(ALL))
@example(steps=[("hold", 0), ("connect", 0), ("publish", 2), ("evict", 0)])
def test_program_sees_every_publication_once_and_in_order_or_is_told(
    steps: list[tuple[str, int]],
) -> None:
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(play(steps, calm=False))


@pytest.mark.usefixtures("_topics")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(steps=schedules(CALM))
@example(steps=[*[("publish", 0)] * 26, ("read", 0), ("hold", 0), ("invite", 0), ("cut", 0)])
def test_program_is_never_told_of_a_loss_where_there_was_none(
    steps: list[tuple[str, int]],
) -> None:
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(play(steps, calm=True))
