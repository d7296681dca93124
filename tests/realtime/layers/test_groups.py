"""The Channels layer contract: groups, flush, and what is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime import registry
from tests.realtime.layers.steps import HELLO, MakeLayer, assert_nothing, receive

if TYPE_CHECKING:
    from realtime.layers import TopicChannelLayer


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
