"""Mailboxes against a model: bounded, expiring, and gone when nobody needs them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from realtime.catalog import Catalog
from realtime.codecs.mailbox import MailboxCodec
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.mailboxes import Mailboxes
from realtime.message import Frame
from realtime.subscribers import Subscribers

CAPACITY, EXPIRY, GROUP_EXPIRY = 3, 10, 25


class Office:
    """Mailboxes whose time the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.instrumentation = Instrumentation()
        self.hub = Hub(
            codecs=[MailboxCodec()],
            catalog=Catalog(),
            subscribers=Subscribers(instrumentation=self.instrumentation),
            instrumentation=self.instrumentation,
            noted=lambda: None,
        )
        self.mailboxes = Mailboxes(
            hub=self.hub,
            instrumentation=self.instrumentation,
            expiry=EXPIRY,
            group_expiry=GROUP_EXPIRY,
            capacity_of=lambda channel: CAPACITY,
            clock=lambda: self.now,
        )


@pytest.fixture
def office() -> Office:
    """Empty mailboxes."""
    return Office()


async def test_messages_of_several_mailboxes_expire_each_in_their_time(office: Office) -> None:
    boxes = office.mailboxes
    boxes.send("a", {"n": 1})
    office.now = 5
    boxes.send("a", {"n": 2})
    office.now = 6
    boxes.send("b", {"n": 3})
    assert await boxes.receive("a") == {"n": 1}  # what waits now in "a" is younger than its first

    office.now = 15.5
    boxes.send("c", {"n": 4})

    assert office.instrumentation.dropped == {"expired": 1}
    assert await boxes.receive("b") == {"n": 3}
    assert await boxes.receive("c") == {"n": 4}
    assert len(boxes) == 0


async def test_message_that_comes_after_an_expired_one_reaches_who_waits(office: Office) -> None:
    office.mailboxes.send("a", {"n": 1})
    office.now = EXPIRY
    waiting = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)

    office.mailboxes.send("a", {"n": 2})

    assert await asyncio.wait_for(waiting, 5) == {"n": 2}


async def test_receiver_that_is_overtaken_gets_the_next_message(office: Office) -> None:
    slow = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)
    office.mailboxes.send("a", {"n": 1})  # wakes the slow one, but this one comes first:
    assert await office.mailboxes.receive("a") == {"n": 1}
    await asyncio.sleep(0)

    office.mailboxes.send("a", {"n": 2})

    assert await asyncio.wait_for(slow, 5) == {"n": 2}
    assert len(office.mailboxes) == 0


async def test_flush_between_waking_and_reading_leaves_the_receiver_waiting(
    office: Office,
) -> None:
    waiting = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)
    office.mailboxes.send("a", {"n": 1})
    office.mailboxes.flush()
    await asyncio.sleep(0)

    office.mailboxes.send("a", {"n": 2})

    assert await asyncio.wait_for(waiting, 5) == {"n": 2}


async def test_turn_of_a_cancelled_receiver_goes_to_the_next(office: Office) -> None:
    first = asyncio.create_task(office.mailboxes.receive("a"))
    second = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)
    office.mailboxes.send("a", {"n": 1})

    first.cancel()

    assert await asyncio.wait_for(second, 5) == {"n": 1}
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_message_passes_over_a_receiver_that_is_being_cancelled(office: Office) -> None:
    first = asyncio.create_task(office.mailboxes.receive("a"))
    second = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)

    first.cancel()
    office.mailboxes.send("a", {"n": 1})

    assert await asyncio.wait_for(second, 5) == {"n": 1}
    assert first.cancelled()


async def test_message_is_kept_when_its_only_receiver_is_cancelled(office: Office) -> None:
    receiver = asyncio.create_task(office.mailboxes.receive("a"))
    await asyncio.sleep(0)
    office.mailboxes.send("a", {"n": 1})
    receiver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiver

    assert await office.mailboxes.receive("a") == {"n": 1}


async def test_inherited_messages_keep_their_order_and_expire_in_their_time(
    office: Office,
) -> None:
    before, after = Office().mailboxes, office
    before.group_add("g", "a")
    before.send("a", {"n": 1})
    before.send("b", {"n": 2})
    before.group_send("g", {"n": 3})

    after.mailboxes.inherit(before)
    after.mailboxes.group_send("g", {"n": 4})

    assert [await after.mailboxes.receive("a") for _ in range(3)] == [{"n": n} for n in (1, 3, 4)]
    after.now = EXPIRY
    assert after.mailboxes.send("b", {"n": 5})
    assert await after.mailboxes.receive("b") == {"n": 5}
    assert after.instrumentation.dropped["expired"] == 1


def test_frame_that_is_no_message_is_not_taken(office: Office) -> None:
    office.mailboxes.group_add("g", "a")
    topic, followers = next(iter(office.hub.router._routes.items()))
    (mailbox,) = followers["mailbox"]

    mailbox.put(Frame("text", 4, topic))

    assert office.instrumentation.dropped == {"mailbox": 1}


CHANNELS = st.sampled_from(["a", "b", "c"])
GROUPS = st.sampled_from(["g", "h"])


class Model(RuleBasedStateMachine):
    """The same calls on the mailboxes and on plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.office = Office()
        self.boxes = self.office.mailboxes
        self.letters: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self.waiting: dict[str, list[asyncio.Task[Any]]] = defaultdict(list)
        self.members: dict[tuple[str, str], float] = {}
        self.sent = 0

    @rule(channel=CHANNELS)
    def send(self, channel: str) -> None:
        self.expire()
        fits = self.take_in(channel)
        assert self.boxes.send(channel, {"n": self.sent}) is fits
        self.settle(channel)

    @rule(group=GROUPS)
    def group_send(self, group: str) -> None:
        self.expire()
        channels = [channel for name, channel in self.members if name == group]
        first = self.sent + 1
        for channel in channels:
            self.sent = first - 1
            self.take_in(channel)
        self.sent = first
        self.boxes.group_send(group, {"n": first})
        for channel in channels:
            self.settle(channel)

    @rule(channel=CHANNELS)
    def receive(self, channel: str) -> None:
        self.expire()
        task = self.loop.create_task(self.boxes.receive(channel))
        self.turn()
        if self.letters[channel]:
            assert task.result() == {"n": self.letters[channel].pop(0)[1]}
        else:
            assert not task.done()
            self.waiting[channel].append(task)

    @precondition(lambda self: any(self.waiting.values()))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        channel = data.draw(st.sampled_from([name for name in self.waiting if self.waiting[name]]))
        index = data.draw(st.integers(0, len(self.waiting[channel]) - 1))
        self.waiting[channel].pop(index).cancel()
        self.turn()

    @rule(group=GROUPS, channel=CHANNELS)
    def group_add(self, group: str, channel: str) -> None:
        self.expire()
        self.members[group, channel] = self.office.now + GROUP_EXPIRY
        self.boxes.group_add(group, channel)

    @rule(group=GROUPS, channel=CHANNELS)
    def group_discard(self, group: str, channel: str) -> None:
        self.members.pop((group, channel), None)
        self.boxes.group_discard(group, channel)

    @rule(seconds=st.integers(1, 12))
    def pass_time(self, seconds: int) -> None:
        self.office.now += seconds

    @rule()
    def flush(self) -> None:
        self.letters.clear()
        self.members.clear()
        self.boxes.flush()

    @invariant()
    def nothing_is_kept_that_nobody_needs(self) -> None:
        needed = {name for name in self.letters if self.letters[name]}
        needed |= {name for name in self.waiting if self.waiting[name]}
        needed |= {channel for _, channel in self.members}
        assert len(self.boxes) == len(needed)
        assert len(self.boxes.unread) == sum(len(kept) for kept in self.letters.values())
        assert self.office.hub.router.subscriptions == len(self.members)

    def teardown(self) -> None:
        self.flush()
        for task in [task for tasks in self.waiting.values() for task in tasks]:
            task.cancel()
        self.waiting.clear()
        self.turn()
        self.nothing_is_kept_that_nobody_needs()
        self.loop.close()

    # The model

    def expire(self) -> None:
        now = self.office.now
        self.members = {pair: end for pair, end in self.members.items() if end > now}
        for channel, kept in self.letters.items():
            if any(end <= now for end, _ in kept):
                self.letters[channel] = [letter for letter in kept if letter[0] > now]
                self.members = {
                    pair: self.members[pair] for pair in self.members if pair[1] != channel
                }

    def take_in(self, channel: str) -> bool:
        self.sent += 1
        if len(self.letters[channel]) >= CAPACITY:
            return False
        self.letters[channel].append((self.office.now + EXPIRY, self.sent))
        return True

    def settle(self, channel: str) -> None:
        self.turn()
        while self.waiting[channel] and self.letters[channel]:
            _, number = self.letters[channel].pop(0)
            assert self.waiting[channel].pop(0).result() == {"n": number}

    def turn(self) -> None:
        async def turns() -> None:
            for _ in range(3):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())


TestMailboxesBehaveAsTheModel = Model.TestCase
TestMailboxesBehaveAsTheModel.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
