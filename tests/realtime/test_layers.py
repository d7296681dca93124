"""The Channels layer contract. What Channels' own layer in memory does right, ours does as well:
those tests run against both."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer, get_channel_layer

from realtime import registry
from realtime.layers import TopicChannelLayer
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    Layer = TopicChannelLayer | InMemoryChannelLayer
    MakeLayer = Callable[..., Layer]

HELLO = {"type": "chat.hello", "text": "hi"}


class Time:
    """Stands in for the module `time`: it passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    close_connections_of_the_worker_thread()
    registry.reset()
    yield
    registry.reset()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time by which messages and memberships expire."""
    time = Time()
    monkeypatch.setattr("realtime.layers.time", time)
    monkeypatch.setattr("channels.layers.time", time)
    return time


@pytest.fixture(params=[TopicChannelLayer, InMemoryChannelLayer])
def make(request: pytest.FixtureRequest) -> MakeLayer:
    """Ours, and then Channels' own."""
    layer: MakeLayer = request.param
    return layer


@pytest.fixture
async def ours() -> AsyncIterator[TopicChannelLayer]:
    """A layer of ours, which keeps nothing in the end."""
    layer = TopicChannelLayer()
    yield layer
    await layer.close()
    assert len(layer._mailboxes or ()) == 0
    assert registry.engine().hub.router.topics == 0


async def receive(layer: Layer, channel: str) -> dict[str, Any]:
    """Return the next message of a channel, which is there or on its way."""
    message: dict[str, Any] = await asyncio.wait_for(layer.receive(channel), 5)
    return message


async def assert_nothing(layer: Layer, channel: str) -> None:
    """Assert that the channel is empty: the next message is one that is sent now."""
    await layer.send(channel, {"type": "sentinel"})
    assert await receive(layer, channel) == {"type": "sentinel"}


# Sending and receiving


async def test_message_is_received_by_whoever_asks_later(make: MakeLayer) -> None:
    layer = make()

    await layer.send("specific.1", HELLO)

    assert await receive(layer, "specific.1") == HELLO


async def test_message_is_received_by_who_waits_already(make: MakeLayer) -> None:
    layer = make()
    waiting = asyncio.create_task(layer.receive("specific.1"))
    await asyncio.sleep(0)

    await layer.send("specific.1", HELLO)

    assert await asyncio.wait_for(waiting, 5) == HELLO


async def test_messages_of_a_channel_keep_their_order(make: MakeLayer) -> None:
    layer = make()
    for number in range(20):
        await layer.send("ordered", {"type": "n", "n": number})

    assert [(await receive(layer, "ordered"))["n"] for _ in range(20)] == list(range(20))


async def test_channels_do_not_mix(make: MakeLayer) -> None:
    layer = make()
    await layer.send("one", {"type": "one"})
    await layer.send("two", {"type": "two"})

    assert await receive(layer, "two") == {"type": "two"}
    assert await receive(layer, "one") == {"type": "one"}


async def test_each_of_several_waiters_gets_one_message(make: MakeLayer) -> None:
    layer = make()
    tasks = [asyncio.create_task(layer.receive("shared")) for _ in range(3)]
    await asyncio.sleep(0)

    for number in range(3):
        await layer.send("shared", {"type": "n", "n": number})

    received = await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert sorted(message["n"] for message in received) == [0, 1, 2]


async def test_cancelled_waiter_loses_no_message(make: MakeLayer) -> None:
    layer = make()
    waiting = asyncio.create_task(layer.receive("specific.1"))
    await asyncio.sleep(0)
    await layer.send("specific.1", HELLO)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert await receive(layer, "specific.1") == HELLO


async def test_waiter_that_is_cancelled_before_a_message_comes_leaves_it_to_others(
    ours: TopicChannelLayer,
) -> None:
    first, second = (asyncio.create_task(ours.receive("shared")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)

    await ours.send("shared", HELLO)

    assert await asyncio.wait_for(second, 5) == HELLO


async def test_layers_do_not_share_channels_or_groups(make: MakeLayer) -> None:
    one, two = make(), make()
    await one.group_add("room", "member")
    await two.group_send("room", HELLO)
    await two.send("member", HELLO)

    await assert_nothing(one, "member")


async def test_new_channel_is_unique_and_local_to_the_process(make: MakeLayer) -> None:
    layer = make()
    names = {await layer.new_channel() for _ in range(100)}

    assert len(names) == 100
    assert all(re.fullmatch(r"specific\.+\w+!\w+", name) for name in names)
    name = await layer.new_channel("custom")
    assert name.startswith("custom.")
    await layer.send(name, HELLO)
    assert await receive(layer, name) == HELLO


async def test_local_channels_with_the_same_prefix_do_not_mix(make: MakeLayer) -> None:
    layer = make()
    await layer.send("process!one", {"type": "one"})
    await layer.send("process!two", {"type": "two"})

    assert await receive(layer, "process!two") == {"type": "two"}
    assert await receive(layer, "process!one") == {"type": "one"}


# What receivers may do with a message


async def test_receiver_may_change_its_message_and_affects_nobody(make: MakeLayer) -> None:
    layer = make()
    original = {"type": "list", "items": [1]}
    for member in ("a", "b"):
        await layer.group_add("room", member)
    await layer.group_send("room", original)
    original["items"].append(2)  # type: ignore[attr-defined]

    first = await receive(layer, "a")
    first["items"].append(3)

    assert await receive(layer, "b") == {"type": "list", "items": [1]}


class Plain:
    """A value of the app's own, whose identity says whether it was copied."""

    def __init__(self) -> None:
        self.parts = [1]


@pytest.mark.parametrize("kind", ["module", "local"])
async def test_message_may_hold_any_value_that_can_be_copied(kind: str, make: MakeLayer) -> None:
    class Local(Plain):
        """Cannot be pickled."""

    layer = make()
    value = Plain() if kind == "module" else Local()
    await layer.group_add("room", "a")
    await layer.group_add("room", "b")
    await layer.group_send("room", {"type": "value", "value": value, "call": lambda: 7})

    first, second = await receive(layer, "a"), await receive(layer, "b")

    first["value"].parts.append(2)
    assert second["value"].parts == value.parts == [1]
    assert type(second["value"]) is type(value)
    assert second["call"]() == 7


async def test_value_that_cannot_be_copied_is_refused_at_the_sender(make: MakeLayer) -> None:
    layer = make()
    await layer.group_add("room", "member")

    with pytest.raises(TypeError):
        await layer.send("member", {"type": "lock", "lock": threading.Lock()})
    with pytest.raises(TypeError):
        await layer.group_send("room", {"type": "lock", "lock": threading.Lock()})

    await assert_nothing(layer, "member")


# Groups


async def test_group_message_reaches_all_members_and_nobody_else(make: MakeLayer) -> None:
    layer = make()
    for member in ("a", "b"):
        await layer.group_add("room", member)
    await layer.group_add("other", "c")

    await layer.group_send("room", HELLO)

    assert await receive(layer, "a") == HELLO
    assert await receive(layer, "b") == HELLO
    await assert_nothing(layer, "c")


async def test_member_that_was_added_twice_gets_one_copy(make: MakeLayer) -> None:
    layer = make()
    await layer.group_add("room", "a")
    await layer.group_add("room", "a")

    await layer.group_send("room", HELLO)

    assert await receive(layer, "a") == HELLO
    await assert_nothing(layer, "a")


async def test_discarded_member_gets_nothing_more(make: MakeLayer) -> None:
    layer = make()
    for member in ("a", "b"):
        await layer.group_add("room", member)
    await layer.group_discard("room", "a")

    await layer.group_send("room", HELLO)

    await assert_nothing(layer, "a")
    assert await receive(layer, "b") == HELLO


async def test_discard_of_a_stranger_and_send_to_nobody_do_nothing(make: MakeLayer) -> None:
    layer = make()

    await layer.group_discard("room", "a")
    await layer.group_send("room", HELLO)

    await assert_nothing(layer, "a")


async def test_group_and_channel_of_the_same_name_are_different(make: MakeLayer) -> None:
    layer = make()
    await layer.group_add("same", "member")

    await layer.send("same", HELLO)

    await assert_nothing(layer, "member")


# Capacity


async def test_send_to_a_full_channel_raises_until_there_is_room(make: MakeLayer) -> None:
    layer = make(capacity=2)
    await layer.send("small", HELLO)
    await layer.send("small", HELLO)
    with pytest.raises(ChannelFull):
        await layer.send("small", HELLO)

    await receive(layer, "small")
    await layer.send("small", HELLO)


async def test_group_message_skips_full_members_silently(make: MakeLayer) -> None:
    layer = make(capacity=1)
    for member in ("full", "free"):
        await layer.group_add("room", member)
    await layer.send("full", {"type": "first"})

    await layer.group_send("room", HELLO)

    assert await receive(layer, "free") == HELLO
    assert await receive(layer, "full") == {"type": "first"}
    await assert_nothing(layer, "full")


async def test_skipped_member_is_counted() -> None:
    layer = TopicChannelLayer(capacity=1)
    await layer.group_add("room", "full")
    for _ in range(3):
        await layer.group_send("room", HELLO)

    assert registry.engine().instrumentation.dropped == {"mailbox": 2}


async def test_first_pattern_that_matches_decides_the_capacity() -> None:
    layer = TopicChannelLayer(
        capacity=5,
        channel_capacity={"http.request": 1, "http.*": 2, re.compile(r"^websocket\.send!.+"): 3},
    )
    wanted = {"http.request": 1, "http.other": 2, "websocket.send!x": 3, "default": 5}
    for channel, capacity in wanted.items():
        for _ in range(capacity):
            await layer.send(channel, HELLO)
        with pytest.raises(ChannelFull):
            await layer.send(channel, HELLO)


# Expiry


async def test_message_that_nobody_fetches_expires(make: MakeLayer, hands: Time) -> None:
    layer = make(expiry=10)
    await layer.send("slow", {"type": "old"})
    hands.now += 5
    await layer.send("slow", {"type": "young"})
    hands.now += 6

    assert await receive(layer, "slow") == {"type": "young"}


async def test_member_whose_messages_expire_leaves_its_groups(make: MakeLayer, hands: Time) -> None:
    layer = make(expiry=10)
    await layer.group_add("room", "dead")
    await layer.group_add("room", "alive")
    await layer.group_send("room", HELLO)
    assert await receive(layer, "alive") == HELLO
    hands.now += 11

    await layer.group_send("room", HELLO)

    assert await receive(layer, "alive") == HELLO
    await assert_nothing(layer, "dead")


async def test_membership_expires_unless_it_is_prolonged(make: MakeLayer, hands: Time) -> None:
    layer = make(expiry=1000, group_expiry=100)
    await layer.group_add("room", "gone")
    await layer.group_add("room", "stays")
    hands.now += 60
    await layer.group_add("room", "stays")
    hands.now += 60

    await layer.group_send("room", HELLO)

    assert await receive(layer, "stays") == HELLO
    await assert_nothing(layer, "gone")


async def test_expired_message_is_counted_and_makes_room(hands: Time) -> None:
    layer = TopicChannelLayer(expiry=10, capacity=1)
    await layer.send("slow", HELLO)
    hands.now += 10

    await layer.send("slow", HELLO)

    assert registry.engine().instrumentation.dropped == {"expired": 1}


# Names and messages that are not valid


BAD_NAMES = ["", "with space", "group/slash", "ünïcode", "x" * 100, 5, None, b"bytes"]


@pytest.mark.parametrize("name", [*BAD_NAMES, "two!bangs!"])
async def test_invalid_channel_name_is_refused(name: Any, make: MakeLayer) -> None:
    layer = make()
    with pytest.raises(TypeError, match="Channel name must be a valid"):
        await layer.send(name, HELLO)
    with pytest.raises(TypeError, match="Channel name must be a valid"):
        await layer.receive(name)
    with pytest.raises(TypeError, match="Channel name must be a valid"):
        await layer.group_add("room", name)
    with pytest.raises(TypeError, match="Channel name must be a valid"):
        await layer.group_discard("room", name)


@pytest.mark.parametrize("name", [*BAD_NAMES, "local!name"])
async def test_invalid_group_name_is_refused(name: Any, make: MakeLayer) -> None:
    layer = make()
    with pytest.raises(TypeError, match="Group name must be a valid"):
        await layer.group_send(name, HELLO)
    with pytest.raises(TypeError, match="Group name must be a valid"):
        await layer.group_add(name, "a")
    with pytest.raises(TypeError, match="Group name must be a valid"):
        await layer.group_discard(name, "a")


@pytest.mark.parametrize("message", ["text", None, [1], 5])
async def test_message_that_is_no_dict_is_refused(message: Any, ours: TopicChannelLayer) -> None:
    with pytest.raises(TypeError, match="is a dict"):
        await ours.send("a", message)
    with pytest.raises(TypeError, match="is a dict"):
        await ours.group_send("room", message)


# Flush, close, and what is kept


async def test_flush_forgets_messages_and_groups(make: MakeLayer) -> None:
    layer = make()
    await layer.group_add("room", "member")
    await layer.send("member", HELLO)

    await layer.flush()
    await layer.group_send("room", HELLO)

    await assert_nothing(layer, "member")


async def test_waiter_survives_a_flush(ours: TopicChannelLayer) -> None:
    waiting = asyncio.create_task(ours.receive("a"))
    await asyncio.sleep(0)

    await ours.flush()
    await ours.send("a", HELLO)

    assert await asyncio.wait_for(waiting, 5) == HELLO


async def test_layer_can_be_used_after_it_was_closed(make: MakeLayer) -> None:
    layer = make()
    await layer.send("a", HELLO)
    await layer.close()

    await layer.send("b", HELLO)

    assert await receive(layer, "b") == HELLO


async def test_memory_is_back_to_zero_when_everybody_left(ours: TopicChannelLayer) -> None:
    channels = [await ours.new_channel() for _ in range(200)]
    for channel in channels:
        await ours.group_add("room", channel)
        await ours.group_add(f"only.{channel.partition('!')[2]}", channel)
    await ours.group_send("room", HELLO)
    for channel in channels:
        await receive(ours, channel)
    for channel in channels:
        await ours.group_discard("room", channel)
        await ours.group_discard(f"only.{channel.partition('!')[2]}", channel)
    waiting = [asyncio.create_task(ours.receive(channel)) for channel in channels]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert ours._mailboxes is not None
    assert len(ours._mailboxes) == len(ours._mailboxes.unread) == len(ours._mailboxes._members) == 0
    assert registry.engine().hub.router.topics == 0


async def test_group_message_is_serialised_once_however_many_members(
    ours: TopicChannelLayer,
) -> None:
    for number in range(50):
        await ours.group_add("room", f"member.{number}")

    await ours.group_send("room", HELLO)

    assert registry.engine().instrumentation.encoded == {"mailbox": 1}


# Other threads and loops


async def test_sync_code_of_the_server_sends_through_async_to_sync(make: MakeLayer) -> None:
    layer = make()
    await layer.group_add("room", "member")

    await sync_to_async(async_to_sync(layer.group_send))("room", HELLO)

    assert await receive(layer, "member") == HELLO


async def test_foreign_thread_sends_to_the_loop_that_serves(ours: TopicChannelLayer) -> None:
    await ours.group_add("room", "member")
    waiting = asyncio.create_task(ours.receive("member"))
    await asyncio.sleep(0)
    thread = threading.Thread(target=async_to_sync(ours.group_send), args=("room", HELLO))

    thread.start()

    assert await asyncio.wait_for(waiting, 5) == HELLO
    thread.join(5)


async def test_foreign_loop_receives_what_is_sent_here(ours: TopicChannelLayer) -> None:
    await ours.send("a", HELLO)

    received = await asyncio.to_thread(asyncio.run, ours.receive("a"))

    assert received == HELLO


async def test_error_reaches_the_foreign_loop(ours: TopicChannelLayer) -> None:
    ours.capacity = 1
    await ours.send("a", HELLO)

    with pytest.raises(ChannelFull):
        await asyncio.to_thread(asyncio.run, ours.send("a", HELLO))
    await ours.receive("a")


def test_layer_works_on_one_loop_after_another() -> None:
    layer = TopicChannelLayer()

    async def use() -> dict[str, Any]:
        await layer.send("a", HELLO)
        return await receive(layer, "a")

    assert asyncio.run(use()) == HELLO
    assert asyncio.run(use()) == HELLO


def test_site_uses_this_layer() -> None:
    layer = get_channel_layer()

    assert isinstance(layer, TopicChannelLayer)
    assert set(layer.extensions) == {"groups", "flush"}
