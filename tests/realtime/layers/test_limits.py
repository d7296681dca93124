"""The Channels layer contract: capacity, expiry, and names."""

from __future__ import annotations

import re
from typing import Any

import pytest
from channels.exceptions import ChannelFull

from realtime import registry
from realtime.layers import TopicChannelLayer
from tests.realtime.layers.steps import HELLO, MakeLayer, Time, assert_nothing, receive

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
