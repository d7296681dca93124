"""The project's own ASGI application, unchanged, with one topic that everybody may use."""

from __future__ import annotations

from benchmarks.apps.stats import with_stats
from goby_project.asgi import application as site
from realtime import History, Topic
from realtime.registry import engine

everyone = Topic(
    "bench.{name}",
    history=History(size=100, ttl=3600),
    can_subscribe="anyone",
    can_publish="anyone",
)


def _counts() -> dict[str, int]:
    current = engine()
    return {
        "connections": len(current.connections),
        "users": current.connections.users,
        "topics": current.hub.router.topics,
        "subscriptions": current.hub.router.subscriptions,
        "stalled": current.flusher.stalled,
    }


application = with_stats(site, _counts)
