"""The layer in its process: the loop that serves, other threads and loops, the setting.

The contract of Channels has its tests in the directory `layers`.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer, get_channel_layer

from realtime.layers import TopicChannelLayer
from tests.realtime.layers.steps import HELLO, MakeLayer, receive

pytestmark = pytest.mark.usefixtures("fresh_engine")


async def test_sync_code_of_the_server_sends_through_async_to_sync(
    ours: TopicChannelLayer,
) -> None:
    layer = ours
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


@pytest.mark.parametrize("make", [TopicChannelLayer, InMemoryChannelLayer])
def test_sync_code_finds_again_what_it_did_on_loops_that_are_gone(make: MakeLayer) -> None:
    layer = make()

    async_to_sync(layer.group_add)("room", "member")
    async_to_sync(layer.send)("member", HELLO)
    async_to_sync(layer.group_send)("room", HELLO)

    assert async_to_sync(receive)(layer, "member") == HELLO
    assert async_to_sync(receive)(layer, "member") == HELLO


def test_site_uses_this_layer() -> None:
    layer = get_channel_layer()

    assert isinstance(layer, TopicChannelLayer)
    assert set(layer.extensions) == {"groups", "flush"}
