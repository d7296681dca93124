"""What both sockets share: entering, leaving, and being ended from outside."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client as Browser

from goby_project.asgi import application
from realtime import actions, auth, registry
from realtime.client import session_digest, user_of_session
from realtime.consumers import DataConsumer
from realtime.consumers.socket import COMMANDS_PER_TURN
from realtime.exceptions import ConfigurationError
from realtime.tokens import Page
from tests.wire import LOBBY, DataWire, Wire, disconnect_push, publish

if TYPE_CHECKING:
    from realtime.client import Client
    from tests.wire import OpenData, OpenHTML


async def test_both_sockets_are_entered_with_their_kind(
    open_data: OpenData, open_html: OpenHTML, engine: registry.Engine
) -> None:
    await open_data()
    await open_html()

    assert sorted(item.socket for item in engine.connections._all) == ["data", "html"]
    assert engine.instrumentation.connections_opened == {"data": 1, "html": 1}


async def test_close_by_the_server_ends_the_task_of_a_peer_that_never_answers(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    (connection,) = engine.connections._all

    connection.close(3503, "for a test")
    async with asyncio.timeout(5):
        await wire.task

    assert len(engine.connections) == 0
    assert engine.instrumentation.connections_closed == {3503: 1}


async def test_message_after_a_close_is_not_performed(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    wire.send_text("no JSON")
    wire.send_text(wire.command("publish", channel=LOBBY, data=1))

    assert await wire.closed() == 3501
    assert engine.instrumentation.published == 0


async def test_server_that_cancels_the_connection_leaves_nothing_behind(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=LOBBY)

    wire.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wire.task

    assert (len(engine.connections), engine.hub.router.topics) == (0, 0)


async def test_peer_that_vanishes_during_an_action_leaves_nothing_behind(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()
    running, release = asyncio.Event(), asyncio.Event()

    async def slow(_client: Client) -> None:
        running.set()
        await release.wait()

    actions.action("wire.slow", allow="anyone")(slow)
    wire.send_text(wire.command("rpc", method="wire.slow"))
    await running.wait()
    wire.incoming.put_nowait({"type": "websocket.disconnect"})
    release.set()
    async with asyncio.timeout(5):
        await wire.task

    assert engine.instrumentation.connections_closed == {1006: 1}


async def test_peer_whose_send_fails_is_dropped_and_others_go_on(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire, other = await open_data(), await open_data()
    for each in (wire, other):
        await each.call("subscribe", channel=LOBBY)

    async def broken(event: dict[str, Any]) -> None:
        raise ConnectionResetError

    outbox = next(iter(engine.hub.router.match(LOBBY)))[1]
    next(iter(outbox)).send = broken  # type: ignore[attr-defined]  # a follower is an outbox here
    await publish(LOBBY, 1)

    assert (await other.push())["pub"]["data"] == 1
    async with asyncio.timeout(5):
        await wire.task
    assert engine.instrumentation.connections_closed == {1006: 1}


async def test_socket_without_a_user_in_its_scope_says_what_to_wrap() -> None:
    wire = Wire(DataConsumer.as_asgi(), "/")

    wire.start()
    with pytest.raises(ConfigurationError, match="has no user"):
        await wire.task


async def test_sockets_of_another_loop_find_a_fresh_engine(engine: registry.Engine) -> None:
    def visit() -> int:
        async def once() -> int:
            wire = DataWire(application)
            await wire.handshake()
            await wire.connect()
            await wire.disconnect()
            return registry.engine().instrumentation.connections_closed.total()

        return asyncio.run(once())

    assert await asyncio.to_thread(visit) == 1
    assert await asyncio.to_thread(visit) == 1
    assert registry.engine() is not engine


@pytest.mark.django_db(transaction=True)
async def test_sign_out_closes_both_sockets_of_the_session_and_no_others(
    open_data: OpenData, open_html: OpenHTML, django_user_model: Any, engine: registry.Engine
) -> None:
    user = await sync_to_async(django_user_model.objects.create_user)(username="ada")
    browsers = [Browser(), Browser()]
    for browser in browsers:
        await sync_to_async(browser.force_login)(user)
    cookie, other_cookie = (f"sessionid={it.cookies['sessionid'].value}" for it in browsers)
    page = Page(topics={}, user=str(user.pk), session=session_of(browsers[0]))
    html, data = await open_html(page=page, cookie=cookie), await open_data(cookie=cookie)
    elsewhere, guest = await open_data(cookie=other_cookie), await open_data()
    assert (len(engine.connections), engine.connections.users) == (4, 1)

    await sync_to_async(browsers[0].logout)()

    assert await data.next() == disconnect_push(3503, "signed out")
    assert await data.closed() == 3503
    assert await html.closed() == 4401
    assert "You are signed out" in html.said
    assert 'role="alert"' in html.said
    await elsewhere.works()
    await guest.works()


@pytest.mark.django_db(transaction=True)
async def test_sign_out_while_a_socket_opens_closes_it(
    open_data: OpenData,
    django_user_model: Any,
    engine: registry.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = await sync_to_async(django_user_model.objects.create_user)(username="ada")
    browser = Browser()
    await sync_to_async(browser.force_login)(user)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"

    def sign_out_meanwhile(session: Any) -> Any:
        found = user_of_session(session)
        browser.logout()
        return found

    monkeypatch.setattr(auth, "user_of_session", sign_out_meanwhile)
    await registry.attach()
    wire = await open_data(connect=False, cookie=cookie)

    assert await wire.closed() == 3503


async def test_commands_after_a_revocation_in_one_frame_are_not_performed(
    open_data: OpenData, engine: registry.Engine
) -> None:
    wire = await open_data()

    async def revoke(client: Client) -> None:
        (connection,) = engine.connections._all
        connection.close(3503, "signed out")

    actions.action("wire.revoke", allow="anyone")(revoke)
    wire.send_text(
        wire.command("rpc", method="wire.revoke")
        + "\n"
        + wire.command("publish", channel=LOBBY, data=1)
    )

    assert await wire.closed() == 3503
    assert engine.instrumentation.published == 0


async def test_flood_of_commands_lets_others_have_their_turns(
    open_data: OpenData, open_html: OpenHTML
) -> None:
    data, html = await open_data(), await open_html()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counter = asyncio.create_task(count())
    data.send_text("\n".join(data.command("nonsense") for _ in range(200)))
    while len(data.objects) < 200:
        data.objects.extend(json.loads(line) for line in (await data.text()).split("\n"))
    assert turns >= 200 // COMMANDS_PER_TURN

    turns = 0
    for _ in range(200):
        html.send_text("{}")
    while html.said.count('role="alert"') < 200:
        await html.text()
    counter.cancel()
    assert turns >= 200 // COMMANDS_PER_TURN


def session_of(browser: Browser) -> str:
    """Return what stands for the browser's session in tokens and connections."""
    return session_digest(browser.cookies["sessionid"].value)
