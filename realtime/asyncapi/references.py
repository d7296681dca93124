"""How one part of the document points to another: names of topics and actions need care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable


def to(*path: str) -> dict[str, str]:
    """Return a reference to the part at this path (RFC 6901 as a URI fragment, RFC 3986)."""
    steps = [quote(step.replace("~", "~0").replace("/", "~1"), safe="") for step in path]
    return {"$ref": "/".join(["#", *steps])}


def to_messages(names: Iterable[str]) -> dict[str, Any]:
    """Return references to messages that several channels have, by the same names."""
    return {name: to("components", "messages", name) for name in names}


def operation(
    action: str, channel: str, messages: Iterable[str], *, answers: Iterable[str] = ()
) -> dict[str, Any]:
    """Return that this site sends or receives messages of a channel, and what answers them."""
    whole: dict[str, Any] = {"action": action, **_on(channel, messages)}
    reply = _on(channel, answers)
    return {**whole, "reply": reply} if reply["messages"] else whole


def _on(channel: str, messages: Iterable[str]) -> dict[str, Any]:
    return {
        "channel": to("channels", channel),
        "messages": [to("channels", channel, "messages", name) for name in messages],
    }
