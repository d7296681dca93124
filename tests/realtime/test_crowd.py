"""Many are written to at once, and nobody notices: each gets what it would have got alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.codecs.joining import Joiner
from realtime.crowd import MAX_CROWDS, MAX_SIZE, Crowd
from realtime.instrumentation import Instrumentation
from tests.realtime.clock import ClockLoop, turns
from tests.realtime.rooms import Peer, Reader, connect, frame, make_flusher

if TYPE_CHECKING:
    from realtime.flusher import Flusher
    from realtime.message import Frame, Overflow
    from realtime.outbox import Outbox

TOPICS = "ab"
OUTBOXES = 3


class Line:
    """What a server writes to; it keeps what each frame of WebSocket says."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.written = 0

    def write(self, wire: bytes) -> bool:
        if not self._peer.reads.is_set():
            return False
        self._peer.messages.append({"text": wire[2 if wire[1] < 126 else 4 :].decode()})
        self.written += 1
        return True


def joined(frames: list[Frame]) -> dict[str, str]:
    return {"type": "websocket.send", "text": "".join(f"{each.text} " for each in frames)}


def connected(flusher: Flusher, joiner: Joiner) -> tuple[Peer, Line, Outbox]:
    peer = Peer()
    line = Line(peer)
    return peer, line, connect(peer, flusher, join=joiner, write=line.write)


@pytest.fixture
def flusher() -> Flusher:
    return make_flusher()


def crowd_of(flusher: Flusher, *outboxes: Outbox) -> Crowd:
    crowd = Crowd(ready=flusher.crowd_ready)
    for outbox in outboxes:
        crowd.add(outbox)
    return crowd


async def test_what_many_get_is_joined_once_and_written_to_each(clock: ClockLoop) -> None:
    counters, joins = Instrumentation(), Counter[str]()

    def join(frames: list[Frame]) -> dict[str, str]:
        joins["joined"] += 1
        return joined(frames)

    flusher = make_flusher(instrumentation=counters)
    joiner = Joiner(join)
    people = [connected(flusher, joiner) for _ in range(50)]
    crowd = crowd_of(flusher, *(outbox for _, _, outbox in people))
    crowd.put(frame("one", size=5))
    crowd.put(frame("two", size=5))
    await turns(1)

    assert [peer.texts for peer, _, _ in people] == [["one two "]] * 50
    assert all(outbox.frames == [] for _, _, outbox in people)
    assert joins["joined"] == 1
    assert (counters.sends, counters.bytes_sent, counters.batch_sizes[2]) == (50, 500, 50)


async def test_who_comes_or_goes_meanwhile_gets_its_part(
    clock: ClockLoop, flusher: Flusher
) -> None:
    joiner = Joiner(joined)
    (stays, _, one), (goes, _, two), (comes, _, three) = (
        connected(flusher, joiner) for _ in range(3)
    )
    crowd = crowd_of(flusher, one, two)
    crowd.put(frame("first"))
    crowd.add(three)
    crowd.remove(two)
    crowd.put(frame("second"))
    await turns(2)

    assert "".join(stays.texts) == "first second "
    assert "".join(goes.texts) == "first "
    assert "".join(comes.texts) == "second "
    assert (one.crowds, two.crowds) == ([crowd], [])


async def test_close_comes_after_what_waits(clock: ClockLoop, flusher: Flusher) -> None:
    peer, _, outbox = connected(flusher, Joiner(joined))
    crowd_of(flusher, outbox).put(frame("said before"))
    outbox.close(3000, "", last=frame("farewell"))
    await turns(2)

    assert "".join(peer.texts) == "said before farewell "
    assert peer.closes == [3000]


async def test_follower_of_another_kind_has_each_frame_at_once(flusher: Flusher) -> None:
    reader = Reader()
    crowd = Crowd(ready=flusher.crowd_ready)
    crowd.add(reader)
    crowd.put(frame("now"))

    assert [each.text for each in reader.frames] == ["now"]
    assert crowd.frames == []
    crowd.remove(reader)
    crowd.put(frame("later"))
    assert len(reader.frames) == 1


async def test_follower_of_another_kind_stands_in_nobodys_way(
    clock: ClockLoop, flusher: Flusher
) -> None:
    peer, _, outbox = connected(flusher, Joiner(joined))
    reader, crowd = Reader(), crowd_of(flusher, outbox)
    crowd.add(reader)
    crowd.put(frame("all"))
    await turns(2)

    assert crowd.outboxes() == [outbox]
    assert peer.texts == ["all "]
    assert [each.text for each in reader.frames] == ["all"]


@pytest.mark.parametrize("overflow", ["latest", "drop_oldest"])
async def test_frame_with_another_policy_goes_by_each_outbox(
    flusher: Flusher, overflow: Overflow
) -> None:
    _, _, outbox = connected(flusher, Joiner(joined))
    crowd = crowd_of(flusher, outbox)
    crowd.put(frame("a", overflow))

    assert [each.text for each in outbox.frames] == ["a"]
    assert crowd.frames == []


async def test_much_does_not_wait_but_counts_for_each_outbox(flusher: Flusher) -> None:
    outboxes = [connected(flusher, Joiner(joined))[2] for _ in range(2)]
    crowd = crowd_of(flusher, *outboxes)
    for _ in range(2):
        crowd.put(frame("x", size=MAX_SIZE // 2 + 1))

    assert crowd.frames == []
    assert [len(outbox.frames) for outbox in outboxes] == [2, 2]


async def test_crowds_with_the_same_followers_are_not_the_same(flusher: Flusher) -> None:
    _, _, outbox = connected(flusher, Joiner(joined))
    one, other = crowd_of(flusher, outbox), crowd_of(flusher, outbox)
    one.remove(outbox)

    assert outbox.crowds == [other]
    assert one != other
    assert len({one, other}) == 2


async def test_outbox_with_many_topics_belongs_to_few_crowds(
    clock: ClockLoop, flusher: Flusher
) -> None:
    peer, _, outbox = connected(flusher, Joiner(joined))
    crowds = [crowd_of(flusher, outbox) for _ in range(MAX_CROWDS + 2)]
    for number, crowd in enumerate(crowds):
        crowd.put(frame(f"{number}"))
    await turns(2)

    assert len(outbox.crowds) == MAX_CROWDS
    assert sorted("".join(peer.texts).split(), key=int) == [str(n) for n in range(len(crowds))]
    for crowd in crowds:
        crowd.remove(outbox)
        crowd.put(frame("later"))
    await turns(2)
    assert (outbox.crowds, "later" in "".join(peer.texts)) == ([], False)


# Whatever happens in whatever order

STEPS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(TOPICS), st.just(0)),
    st.tuples(st.sampled_from(["enter", "leave"]), st.sampled_from(TOPICS), st.integers(0, 2)),
    st.tuples(st.sampled_from(["own", "stall", "resume"]), st.just(""), st.integers(0, 2)),
    st.just(("turn", "", 0)),
)


class World:
    """Outboxes that follow topics, and what each is to hear."""

    def __init__(self) -> None:
        self.flusher = make_flusher(max_size=3)
        joiner = Joiner(joined)
        self.people = [connected(self.flusher, joiner) for _ in range(OUTBOXES)]
        self.crowds = {topic: Crowd(ready=self.flusher.crowd_ready) for topic in TOPICS}
        self.due: list[list[str]] = [[] for _ in range(OUTBOXES)]
        self.said = 0

    async def take(self, step: tuple[str, str, int]) -> None:
        name, topic, number = step
        if name == "turn":
            await turns(1)
        elif name == "say":
            self.say(self.crowds[topic], topic)
        elif topic:
            self.move(self.crowds[topic], number, enters=name == "enter")
        elif name == "own":
            self.said += 1
            self.people[number][2].put(frame(f"o{self.said}"))
            self.due[number].append(f"o{self.said}")
        else:
            getattr(self.people[number][0], name)()

    def say(self, crowd: Crowd, topic: str) -> None:
        self.said += 1
        crowd.put(frame(f"{topic}{self.said}"))
        for (_, _, outbox), due in zip(self.people, self.due, strict=True):
            if outbox in crowd:
                due.append(f"{topic}{self.said}")

    def move(self, crowd: Crowd, number: int, *, enters: bool) -> None:
        outbox = self.people[number][2]
        if enters and outbox not in crowd:
            crowd.add(outbox)
        elif not enters and outbox in crowd:
            crowd.remove(outbox)

    async def finish(self) -> None:
        for peer, _, _ in self.people:
            peer.resume()
        await turns(30)


def of(topic: str, words: list[str]) -> list[str]:
    """Return the words of a topic, and between them the connection's own."""
    return [word for word in words if word[0] in (topic, "o")]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(steps=st.lists(STEPS, max_size=40))
def test_each_hears_what_it_is_to_hear_in_its_order(steps: list[tuple[str, str, int]]) -> None:
    async def play() -> None:
        world = World()
        for step in steps:
            await world.take(step)
        await world.finish()
        for (peer, _, outbox), due in zip(world.people, world.due, strict=True):
            heard = "".join(peer.texts).split()
            assert sorted(heard) == sorted(due)
            assert all(of(topic, heard) == of(topic, due) for topic in TOPICS)
            assert (outbox.frames, outbox.size) == ([], 0)

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(play())
