"""The project's own ASGI application, unchanged, with one topic that everybody may use.

The topic has all that a topic can have: a history, recovery, presence, a fragment. So nothing is
measured that a site would not get. Two calls that a recovery should make once are counted on their
way.
"""

from __future__ import annotations

from benchmarks.apps.calls import counted
from benchmarks.apps.stats import with_stats
from goby_project.asgi import application as site
from realtime import History, Topic
from realtime.codecs import JSONCodec
from realtime.registry import engine

everyone = Topic(
    "bench.{name}",
    fragment="bench/message.html",
    history=History(size=100, ttl=3600),
    can_subscribe="anyone",
    can_publish="anyone",
    presence=True,
)

# Asking for a position alone reads no history.
_reads = counted(engine().pubsub.broker, "read", where=lambda call: bool(call["query"].limit))
_answers = counted(JSONCodec, "publications", where=lambda call: call["of"] == "subscribe")


def _counts() -> dict[str, int]:
    current = engine()
    return {
        "connections": len(current.connections),
        "users": current.connections.users,
        "topics": current.hub.router.topics,
        "subscriptions": current.hub.router.subscriptions,
        "stalled": current.flusher.stalled,
    }


def _events() -> dict[str, int]:
    return {
        "published": engine().instrumentation.published,
        "rendered": engine().instrumentation.encoded["html"],
        "histories_read": _reads.calls,
        "answers_encoded": _answers.calls,
    }


application = with_stats(site, _counts, _events)
