"""Topics that let clients do what the chat's do not: publish, read histories, see who is there."""

from __future__ import annotations

from typing import Any

from realtime import Client, History, Topic, on_connect

stream = Topic(
    "play.stream.{name}",
    history=History(size=10, ttl=600),
    can_subscribe="anyone",
    can_publish="anyone",
    can_history="anyone",
)
long = Topic(
    "play.long.{name}",
    history=History(size=200, ttl=600),
    can_subscribe="anyone",
    can_publish="anyone",
)
latest = Topic(
    "play.latest.{name}",
    history=History(size=10, ttl=600, recovery="latest"),
    can_subscribe="anyone",
    can_publish="anyone",
)
present = Topic(
    "play.present.{name}",
    can_subscribe="anyone",
    can_publish="anyone",
    can_presence="anyone",
    presence=True,
    join_leave=True,
)
page = Topic(
    "play.page.{name}",
    fragment="playground/live/item.html",
    history=History(size=10, ttl=600),
    can_subscribe="anyone",
)
side = Topic(
    "play.side.{name}",
    fragment="playground/live/side.html",
    history=History(size=10, ttl=600),
    can_subscribe="anyone",
)
patched = Topic(
    "play.patched.{name}",
    history=History(size=10, ttl=600),
    can_subscribe="anyone",
    can_publish="anyone",
    delta=True,
)

_failed: set[str] = set()


@on_connect
async def wishes(client: Client) -> list[str]:
    """Let a client follow what its token's `info` names, at the second time if that says so."""
    info: dict[str, Any] = client.info if isinstance(client.info, dict) else {}
    once = info.get("fail_once", "")
    if once and once not in _failed:
        _failed.add(once)
        raise RuntimeError("Not yet.")
    return list(info.get("follow", ()))
