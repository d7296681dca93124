"""The Channels layer contract: sending, receiving, and what a message may hold."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.realtime.layers.steps import HELLO, MakeLayer, assert_nothing, receive

if TYPE_CHECKING:
    from realtime.layers import TopicChannelLayer


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
    original: dict[str, Any] = {"type": "list", "items": [1]}
    for member in ("a", "b"):
        await layer.group_add("room", member)
    await layer.group_send("room", original)
    original["items"].append(2)

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
