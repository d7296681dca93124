"""How a refusal must look, on either socket: answered, counted, and nobody else is hurt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils.html import escape

from realtime import registry

if TYPE_CHECKING:
    from tests.wire import DataWire, Wire

# Part of everything that bad clients send; it must appear in no log record.
MARKER = "s3cret-p4yload"


def error_fragment(sentence: str) -> str:
    """Return the start of what a person sees, and hears from a screen reader."""
    return f'<div id="goby-errors" role="alert" hx-swap-oob="innerHTML">{escape(sentence)}'


async def assert_data_refuses(
    wire: DataWire, command: str, bystander: DataWire, *, code: int
) -> dict[str, Any]:
    """Send a command that is answered by an error, after which everything still works."""
    wire.send_text(command)
    error: dict[str, Any] = (await wire.next())["error"]
    assert error["code"] == code
    assert error["message"]
    assert registry.engine().instrumentation.errors == {code: 1}
    await wire.works()
    await bystander.works()
    return error


async def assert_data_closes(
    wire: DataWire, bystander: DataWire, *, code: int, counted: bool = True
) -> None:
    """Wait for the close, which a push precedes where it is one of the protocol."""
    assert await wire.closed() == code
    assert (f'{{"push":{{"disconnect":{{"code":{code},' in wire.said) is (code >= 3000)
    instrumentation = registry.engine().instrumentation
    assert instrumentation.connections_closed == {code: 1}
    assert instrumentation.errors == {code: 1}
    await bystander.works()


async def assert_html_shows(
    wire: Wire, text: str, bystander: DataWire, *, sentence: str, code: int
) -> None:
    """Send a form that is answered by a visible error, after which everything still works."""
    wire.send_text(text)
    assert (await wire.text()).startswith(error_fragment(sentence))
    assert registry.engine().instrumentation.errors == {code: 1}
    wire.send_text(form("wire.echo", text="fine"))
    assert "fine" in await wire.text()
    await bystander.works()


def form(action: object, **values: object) -> str:
    """Return a form as htmx sends it."""
    return json.dumps({"action": action, **values, "headers": {"HX-Request": "true"}})
