"""What reaches no method: no key, a wrong one, and bodies that are none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient, Client

from realtime import registry
from realtime.api.views import LARGEST_BODY
from tests.realtime.api.conftest import KEY, OTHER_KEY
from tests.realtime.consumers.refusals import MARKER
from tests.wire import LOBBY

if TYPE_CHECKING:
    from tests.realtime.api.conftest import Program
    from tests.wire import Configure

PUBLISH = b'{"channel":"wire.open.lobby","data":{"text":"hi"}}'


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": KEY},
        {"x-api-key": OTHER_KEY},
        {"Authorization": f"apikey {KEY}"},
    ],
    ids=["first", "second", "authorization"],
)
async def test_program_with_a_key_is_let_in(program: Program, headers: dict[str, str]) -> None:
    response = await program.post("publish", PUBLISH, headers=headers)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert registry.engine().instrumentation.published == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": f"first:{KEY}"},
        {"Authorization": f"Bearer {KEY}"},
        {"Cookie": f"X-API-Key={KEY}"},
    ],
    ids=["none", "empty", "shorter", "with its name", "bearer", "cookie"],
)
@pytest.mark.parametrize("method", ["publish", "info", "no_such_method"])
async def test_program_without_a_key_learns_nothing(
    program: Program, headers: dict[str, str], method: str
) -> None:
    response = await program.post(method, PUBLISH, headers=headers)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == 101
    instrumentation = registry.engine().instrumentation
    assert (instrumentation.published, instrumentation.handshakes_rejected["api_key"]) == (0, 1)


async def test_revoked_key_is_refused_and_the_other_goes_on(
    program: Program, goby: Configure
) -> None:
    assert (await program.post("info", b"")).status_code == 200

    goby(API_KEYS=[OTHER_KEY])

    assert (await program.post("info", b"")).status_code == 401
    response = await program.post("info", b"", headers={"X-API-Key": OTHER_KEY})
    assert response.status_code == 200


async def test_site_without_keys_has_no_api(program: Program, goby: Configure) -> None:
    goby()

    response = await program.post("publish", PUBLISH)

    assert response.status_code == 403
    assert 'GOBY["API_KEYS"]' in response.json()["error"]["message"]
    assert registry.engine().instrumentation.handshakes_rejected["api_off"] == 1


@pytest.mark.parametrize("key", ["", KEY])
async def test_empty_entry_opens_nothing(program: Program, goby: Configure, key: str) -> None:
    goby(API_KEYS=["", "name:"])

    response = await program.post("info", b"", headers={"X-API-Key": key})

    assert response.status_code == 401


async def test_unknown_method_is_not_found(program: Program) -> None:
    response = await program.post("delete_everything", b"{}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, 104)
    assert registry.engine().instrumentation.errors[104] == 1


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
async def test_other_verb_than_post_is_not_allowed(program: Program, verb: str) -> None:
    response = await program.http.request(verb, "/api/info", headers={"X-API-Key": KEY})

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"publish",
        b'{"channel":',
        b"\xff\xfe",
        b"\x00",
        b"[" * 100_000,
        b'{"a":NaN}',
    ],
    ids=["brace", "word", "cut", "no utf-8", "null", "deep", "nan"],
)
async def test_malformed_json_is_a_bad_request(program: Program, content: bytes) -> None:
    response = await program.post("publish", content)

    assert (response.status_code, response.json()["error"]["code"]) == (400, 107)


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"1", b"null", b"true"])
async def test_json_that_is_no_object_is_refused_with_107(program: Program, content: bytes) -> None:
    response = await program.post("publish", content)

    assert (response.status_code, response.json()["error"]["code"]) == (200, 107)


@pytest.mark.parametrize("method", ["batch", "publish"])
async def test_oversized_body_is_refused_with_413(program: Program, method: str) -> None:
    filler = b'{"text":"%b"}'
    largest = filler % (b"x" * (LARGEST_BODY - len(filler) + 2))

    assert (await program.post(method, largest)).status_code == 200
    response = await program.post(method, largest + b" ")

    assert (response.status_code, response.json()["error"]["code"]) == (413, 107)


async def test_body_in_pieces_has_the_same_limit(program: Program) -> None:
    async def pieces() -> Any:
        for _ in range(LARGEST_BODY // 65_536 + 1):
            yield b" " * 65_536

    response = await program.http.post("/api/publish", content=pieces(), headers={"X-API-Key": KEY})

    assert response.status_code == 413


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_type_of_the_body_does_not_matter(program: Program, content_type: str) -> None:
    headers = {"X-API-Key": KEY, "Content-Type": content_type}

    assert (await program.post("publish", PUBLISH, headers=headers)).status_code == 200


async def test_browser_needs_no_csrf_token_but_a_key(program: Program) -> None:
    await program.post("info", b"")  # serves from here on
    browser = AsyncClient(enforce_csrf_checks=True)

    for headers, status in (({"X-API-Key": KEY}, 200), ({}, 401)):
        response = await browser.post(
            "/api/publish", PUBLISH.decode(), content_type="application/json", headers=headers
        )
        assert response.status_code == status


def test_process_without_sockets_says_so(goby: Configure, site: None) -> None:
    goby(API_KEYS=[KEY])

    headers = {"X-API-Key": KEY}
    response = Client().post("/api/info", {}, "application/json", headers=headers)

    assert (response.status_code, response.json()["error"]["temporary"]) == (503, True)


async def test_request_on_another_loop_is_served_by_the_loop_of_the_sockets(
    program: Program,
) -> None:
    await program.post("info", b"")  # serves from here on

    def post() -> Any:
        body = {"channel": LOBBY, "data": 1}
        headers = {"X-API-Key": KEY}
        return Client().post("/api/publish", body, "application/json", headers=headers)

    response = await asyncio.to_thread(post)

    assert response.json()["result"]["offset"] == 1


async def test_neither_keys_nor_payloads_are_logged(
    program: Program, log: pytest.LogCaptureFixture
) -> None:
    wrong = {"X-API-Key": MARKER}
    await program.post("publish", PUBLISH, headers=wrong)
    await program.post("publish", b'{"channel":"%b"}' % MARKER.encode())
    await program.post("publish", MARKER.encode())
    await program.post("batch", b'{"commands":[{"%b":1}]}' % MARKER.encode())

    assert KEY not in log.text
    assert KEY not in repr(registry.engine().settings)
