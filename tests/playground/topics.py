"""Topics that let clients do what the chat's do not: publish, read histories, see who is there."""

from __future__ import annotations

from realtime import History, Topic

stream = Topic(
    "play.stream.{name}",
    history=History(size=10, ttl=600),
    can_subscribe="anyone",
    can_publish="anyone",
    can_history="anyone",
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
