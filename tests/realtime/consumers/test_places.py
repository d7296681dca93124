"""How many connections there may be: in all, from one address, of one user."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client as Browser

from goby_project.asgi import application
from realtime.capacity import MEGABYTE, READING_INTERVAL
from realtime.draining import drain
from tests.tokens import KEYS, mint
from tests.wire import DATA, HTML, DataWire, Wire, disconnect_push, opened

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, OpenData, OpenHTML

FULL = {"type": "websocket.close", "code": 1013}
ACCEPTED = "websocket.accept"


def from_address(address: list[Any] | None, path: str = DATA) -> Wire:
    """Return a connection that is to come from an address; None where the server tells none."""
    wire = Wire(application, path)
    wire.scope["client"] = address
    return wire


@sync_to_async
def cookie_of(user: Any) -> str:
    """Return the cookie of another browser in which this user signed in."""
    browser = Browser()
    browser.force_login(user)
    return f"sessionid={browser.cookies['sessionid'].value}"


async def assert_rejected(wire: Wire, engine: registry.Engine, reason: str) -> None:
    """Begin a handshake that is refused, counted, and leaves nothing behind."""
    before = len(engine.connections), dict(engine.instrumentation.connections_opened)
    assert await wire.handshake() == FULL
    await wire.task
    assert engine.instrumentation.handshakes_rejected == {reason: 1}
    assert (len(engine.connections), engine.instrumentation.connections_opened) == before


@pytest.mark.parametrize("path", [HTML, DATA])
async def test_full_house_lets_nobody_in_until_somebody_leaves(
    goby: Configure, open_data: OpenData, open_html: OpenHTML, path: str
) -> None:
    engine = goby(MAX_CONNECTIONS=2)
    first, second = await open_data(), await open_html()

    await assert_rejected(Wire(application, path), engine, "limit")

    await first.works()
    await second.disconnect()
    async with opened(Wire(application, path)):
        assert len(engine.connections) == 2


@pytest.mark.parametrize("path", [HTML, DATA])
async def test_process_without_memory_lets_nobody_in_and_keeps_whom_it_has(
    goby: Configure, open_data: OpenData, open_html: OpenHTML, path: str
) -> None:
    engine = goby(MAX_MEMORY_MB=1_000_000)
    first, second = await open_data(), await open_html()
    now = time.monotonic()
    engine.capacity.read = lambda: 1_000_000 * MEGABYTE
    engine.capacity.clock = lambda: now + READING_INTERVAL

    await assert_rejected(Wire(application, path), engine, "memory")

    await first.works()
    await second.disconnect()
    async with opened(Wire(application, path)):
        assert len(engine.connections) == 2


async def test_full_house_is_told_of_once_however_many_knock(
    goby: Configure, open_data: OpenData, log: pytest.LogCaptureFixture
) -> None:
    engine = goby(MAX_CONNECTIONS=1)
    await open_data()

    for _ in range(5):
        wire = Wire(application, HTML)
        assert await wire.handshake() == FULL
        await wire.task

    assert engine.instrumentation.handshakes_rejected == {"limit": 5}
    assert [record.getMessage() for record in log.records if record.name == "realtime"] == [
        "No place: MAX_CONNECTIONS is 1. Connections refused since this was last said: 1."
    ]


@pytest.mark.parametrize("path", [HTML, DATA])
async def test_address_has_so_many_connections_and_no_more(goby: Configure, path: str) -> None:
    engine = goby(CONNECTIONS_PER_ADDRESS=1)

    async with opened(from_address(["192.0.2.1", 1])):
        neighbour = from_address(["192.0.2.1", 2], path)
        await assert_rejected(neighbour, engine, "address_limit")
        async with opened(from_address(["192.0.2.2", 1], path)):
            assert len(engine.connections) == 2

    async with opened(from_address(["192.0.2.1", 3], path)):
        assert engine.connections.from_address("192.0.2.1") == 1


async def test_address_that_the_server_does_not_tell_has_no_limit(goby: Configure) -> None:
    engine = goby(CONNECTIONS_PER_ADDRESS=1)

    async with opened(from_address(None)), opened(from_address(None)):
        assert len(engine.connections) == 2


async def test_all_limits_are_off_unless_they_are_set(
    open_data: OpenData, engine: registry.Engine
) -> None:
    for _ in range(20):
        await open_data()

    assert len(engine.connections) == engine.connections.from_address("127.0.0.1") == 20


@pytest.mark.django_db(transaction=True)
async def test_page_of_a_user_who_has_enough_is_refused_before_it_opens(
    goby: Configure, open_html: OpenHTML, django_user_model: Any
) -> None:
    engine = goby(CONNECTIONS_PER_USER=1)
    ann, bob = [await django_user_model.objects.acreate(username=name) for name in ("ann", "bob")]
    page = await open_html(token="", cookie=await cookie_of(ann))

    again = Wire(application, HTML, headers={"cookie": await cookie_of(ann)})
    await assert_rejected(again, engine, "user_limit")

    await open_html(token="", cookie=await cookie_of(bob))
    await open_html()
    await open_html()
    await page.disconnect()
    await open_html(token="", cookie=await cookie_of(ann))
    assert engine.connections.of_user(str(ann.pk)) == 1


@pytest.mark.django_db(transaction=True)
async def test_program_of_a_user_who_has_enough_is_closed_for_good(
    goby: Configure, open_data: OpenData, django_user_model: Any
) -> None:
    engine = goby(CONNECTIONS_PER_USER=1, TOKEN_KEYS=KEYS)
    ann = await django_user_model.objects.acreate(username="ann")
    token = mint(sub=str(ann.pk))
    first, second, third = [await open_data(connect=False) for _ in range(3)]
    assert "connect" in await first.call("connect", token=token)

    second.send_text(second.command("connect", token=token))

    assert await second.next() == disconnect_push(3504, "connection limit")
    assert await second.closed() == 3504
    assert engine.instrumentation.errors == {3504: 1}
    await first.works()
    await first.disconnect()
    assert "connect" in await third.call("connect", token=token)
    await (await open_data()).works()


@pytest.mark.django_db(transaction=True)
async def test_pages_and_programs_of_a_user_are_counted_together(
    goby: Configure, open_data: OpenData, open_html: OpenHTML, django_user_model: Any
) -> None:
    engine = goby(CONNECTIONS_PER_USER=2)
    ann = await django_user_model.objects.acreate(username="ann")
    cookie = await cookie_of(ann)
    await open_html(token="", cookie=cookie)
    # Many windows may open at once: who has not yet connected takes nobody's place.
    waiting: list[DataWire] = [await open_data(connect=False, cookie=cookie) for _ in range(3)]

    replies = [await waiting[0].call("connect")]
    waiting[1].send_text(waiting[1].command("connect"))

    assert "connect" in replies[0]
    assert await waiting[1].closed() == 3504
    assert engine.connections.of_user(str(ann.pk)) == 2


@pytest.mark.django_db(transaction=True)
async def test_connect_that_is_refused_gives_its_place_back(
    goby: Configure, open_data: OpenData, django_user_model: Any
) -> None:
    engine = goby(CONNECTIONS_PER_USER=1)
    ann = await django_user_model.objects.acreate(username="ann")
    wire = await open_data(connect=False, cookie=await cookie_of(ann))
    refused = await wire.call("connect", subs=5)

    wire.ask("connect")

    assert refused["error"]["code"] == 107
    assert await wire.closed() == 3501
    assert engine.connections.of_user(str(ann.pk)) == 0


async def test_draining_server_sends_everybody_away_and_lets_nobody_in(
    engine: registry.Engine, open_data: OpenData, open_html: OpenHTML
) -> None:
    program, page = await open_data(), await open_html()

    draining = asyncio.create_task(drain(engine.connections, limit=5))

    assert await program.closed() == 3001
    assert await page.closed() == 1012
    await draining
    await assert_rejected(Wire(application, DATA), engine, "shutdown")
