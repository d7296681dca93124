"""Plain HTTP at the sockets' rim: who may ask, how, how much and how long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from goby_project.asgi import application
from realtime.consumers.exchange import Endpoint, Exchange
from tests.request import EMULATION, HTTP_STREAM, SSE, Request

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure

APP = "https://app.example"


async def tell(exchange: Exchange) -> None:
    """Answer with what came."""
    body = await exchange.body(limit=10)
    await exchange.answer(200, f"{exchange.media_type}: {body.decode()}")


def request(method: str = "POST", **headers: str) -> Request:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(Endpoint(tell, method="POST"), method, "/", headers=names)


async def test_body_comes_in_pieces_and_the_answer_is_for_nobody_else() -> None:
    answer = await request(content_type="Text/Plain; charset=utf-8").answer("123", "", "456")

    assert (answer.status, answer.text) == (200, "text/plain: 123456")
    assert answer.headers == {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-content-type-options": "nosniff",
        "vary": "origin",
    }


@pytest.mark.parametrize("pieces", [["12345678901"], ["1234567890", "1"], ["x" * 1_000_000]])
async def test_body_that_is_too_big_is_refused_with_413(
    pieces: list[str], engine: registry.Engine
) -> None:
    answer = await request().answer(*pieces)

    assert answer.status == 413
    assert answer.text == "A request has at most 10 bytes here. Send less."
    assert engine.instrumentation.errors == {413: 1}


async def test_body_that_does_not_come_is_refused_with_408(goby: Configure) -> None:
    engine = goby(CONNECT_TIMEOUT=0.01)
    slow = request()

    slow.start("123", ends=False)

    answer = await slow.begun()
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert b"within 0.01 seconds" in await slow.rest()
    assert engine.instrumentation.errors == {408: 1}


async def test_peer_that_goes_away_before_its_body_has_come_gets_no_answer(
    engine: registry.Engine,
) -> None:
    gone = request()

    gone.start("123", ends=False)
    await gone.left()

    assert gone.outgoing.empty()
    assert engine.instrumentation.errors == {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_method_is_refused_with_405(method: str, engine: registry.Engine) -> None:
    answer = await request(method).answer()

    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.text == "This address takes POST alone."
    assert engine.instrumentation.errors == {405: 1}


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"origin": "http://evil.example"}, "origin"),
        ({"origin": "null"}, "origin"),
        ({"sec_fetch_site": "cross-site"}, "origin"),
        ({"host": "evil.example"}, "host"),
    ],
)
async def test_foreign_page_is_refused_with_403_and_may_not_read_that(
    method: str, headers: dict[str, str], reason: str, engine: registry.Engine
) -> None:
    foreign = request(method, **headers)
    foreign.start("123", ends=False)  # its body is not waited for

    answer = await foreign.begun()
    await foreign.rest()

    assert answer.status == 403
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert engine.instrumentation.handshakes_rejected == {reason: 1}


async def test_page_of_an_allowed_origin_may_read_every_answer(goby: Configure) -> None:
    goby(ALLOWED_ORIGINS=[APP])
    answers = [
        await request(origin=APP).answer("1"),
        await request(origin=APP).answer("12345678901"),
        await request("PUT", origin=APP).answer(),
    ]

    assert [answer.status for answer in answers] == [200, 413, 405]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "origin"


async def test_page_of_our_own_needs_no_leave_to_read(goby: Configure) -> None:
    goby(ALLOWED_ORIGINS=[APP])

    answer = await request(origin="http://testserver").answer("1")

    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "method"), [(SSE, "GET"), (HTTP_STREAM, "POST"), (EMULATION, "POST")]
)
async def test_preflight_of_an_allowed_origin_is_answered_at_each_address(
    path: str, method: str, goby: Configure
) -> None:
    engine = goby(ALLOWED_ORIGINS=[APP])
    headers = {"origin": APP, "access-control-request-method": method}

    answer = await Request(application, "OPTIONS", path, headers=headers).answer()

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-methods"] == method
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert engine.instrumentation.errors == {}


async def test_requests_of_one_address_do_not_wait_for_one_another() -> None:
    slow, quick = request(), request()

    slow.start("1", ends=False)
    assert (await quick.answer("2")).status == 200
    slow.incoming.put_nowait({"type": "http.request", "body": b"3"})

    async with asyncio.timeout(5):
        assert (await slow.begun()).status == 200
    assert await slow.rest() == b": 13"
