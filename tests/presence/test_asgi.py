"""The server stops only after it was written down who was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from presence import asgi
from presence.asgi import Settled
from presence.desk import settle_at_exit

if TYPE_CHECKING:
    import pytest


async def serve(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Serve one scope, and return in which order what happened."""
    happened: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def send(event: dict[str, Any]) -> None:
        happened.append(event["type"])

    async def settle() -> None:
        happened.append("settled")

    monkeypatch.setattr(asgi, "settle", settle)
    monkeypatch.setattr(asgi, "atexit", Mock())
    await Settled(application)({"type": kind}, None, send)
    return happened


async def test_what_waits_is_written_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await serve("lifespan", monkeypatch) == [
        "lifespan.startup.complete",
        "settled",
        "lifespan.shutdown.complete",
    ]


async def test_requests_pass_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await serve("http", monkeypatch) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_server_that_does_not_say_that_it_stops_ends_with_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    atexit = Mock()
    monkeypatch.setattr(asgi, "atexit", atexit)

    Settled(Mock())

    atexit.register.assert_called_once_with(settle_at_exit)
