"""Which handshakes are let in: by host and by origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from goby_project.asgi import application
from realtime.conf import Settings
from realtime.consumers.handshake import refusal
from tests.wire import DATA, HTML, Wire

if TYPE_CHECKING:
    from pytest_django import Settings as DjangoSettings

    from realtime import registry


def scope(**headers: str) -> dict[str, Any]:
    """Return as much of a handshake as the check reads."""
    return {
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    }


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("testserver", "http://testserver"),
        ("testserver", "https://testserver"),
        ("testserver:8000", "http://testserver:8000"),
        ("TestServer", "http://testserver"),
        ("testserver", "http://TESTSERVER"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origin_of_our_own_host_is_let_in(host: str, origin: str) -> None:
    assert refusal(scope(host=host, origin=origin), Settings()) == ""


@pytest.mark.parametrize("said_by", ["server", "settings"])
def test_page_that_came_without_a_certificate_is_refused_where_there_is_one(
    said_by: str, settings: DjangoSettings
) -> None:
    settings.SESSION_COOKIE_SECURE = said_by == "settings"
    scheme = {"scheme": "wss"} if said_by == "server" else {}
    plain = scope(host="testserver", origin="http://testserver") | scheme
    safe = scope(host="testserver", origin="https://testserver") | scheme

    assert refusal(plain, Settings()) == "origin"
    assert refusal(safe, Settings()) == ""


def test_missing_origin_is_let_in() -> None:
    assert refusal(scope(host="testserver"), Settings()) == ""


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_missing_origin_of_our_own_page_is_let_in(site: str) -> None:
    assert refusal(scope(**{"host": "testserver", "sec-fetch-site": site}), Settings()) == ""


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "other"])
def test_missing_origin_of_another_sites_page_is_refused(site: str) -> None:
    foreign = scope(**{"host": "testserver", "sec-fetch-site": site})

    assert refusal(foreign, Settings()) == "origin"


def test_allowed_origin_is_let_in_whatever_else_the_browser_says() -> None:
    allowed = Settings(allowed_origins=("https://app.example",))
    headers = {"host": "testserver", "origin": "https://app.example"}

    assert refusal(scope(**headers, **{"sec-fetch-site": "cross-site"}), allowed) == ""


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://testserver.evil.example",
        "http://evil.example/testserver",
        "http://testserver@evil.example",
        "http://evil.example#testserver",
        "http://testserver:81",
        "testserver",
        "null",
        "",
        "http://[testserver",
        "http://\xfftestserver",
    ],
)
def test_foreign_origin_is_refused(origin: str) -> None:
    assert refusal(scope(host="testserver", origin=origin), Settings()) == "origin"


def test_allowed_origin_is_let_in_exactly_as_it_is_written() -> None:
    allowed = Settings(allowed_origins=("https://app.example",))

    assert refusal(scope(host="testserver", origin="https://app.example"), allowed) == ""
    assert refusal(scope(host="testserver", origin="http://app.example"), allowed) == "origin"
    assert refusal(scope(host="testserver", origin="https://app.example:444"), allowed) == "origin"


@pytest.mark.parametrize("host", ["evil.example", "", "testserver:port", "testserver@evil.example"])
def test_foreign_host_is_refused_even_if_the_origin_agrees(host: str) -> None:
    assert refusal(scope(host=host, origin=f"http://{host}"), Settings()) == "host"


def test_missing_host_is_refused() -> None:
    assert refusal({"headers": []}, Settings()) == "host"


def test_debug_without_allowed_hosts_lets_in_only_this_machine(settings: DjangoSettings) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, []

    assert refusal(scope(host="sub.localhost:8000"), Settings()) == ""
    assert refusal(scope(host="evil.example"), Settings()) == "host"


@pytest.mark.parametrize("path", [HTML, DATA, "/connection/websocket"])
async def test_refused_handshake_is_closed_before_it_is_accepted_and_counted(
    path: str, engine: registry.Engine
) -> None:
    wire = Wire(application, path, headers={"origin": "http://evil.example"})

    assert await wire.handshake() == {"type": "websocket.close", "code": 4403}
    await wire.task

    assert engine.instrumentation.handshakes_rejected == {"origin": 1}
    assert engine.instrumentation.connections_opened == {}
    assert len(engine.connections) == 0
