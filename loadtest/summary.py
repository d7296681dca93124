"""A test in numbers: what conditions ask for, what the JSON file has, what the tables show."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loadtest.course import Outcome

Measures = dict[str, float | None]


def measures_of(outcome: Outcome) -> Measures:
    """Return every measure by its name in conditions; times are in seconds, None where none."""
    tally, balance = outcome.tally, outcome.balance
    latency, sent = tally.latency, tally.ledger.sent - tally.ledger.refused
    heard = max((each.at for each in tally.samples if each.delivered), default=0.0)
    listened = max(outcome.seconds, heard - outcome.began_at)  # a slow server delivers on and on
    entered = sum(room.followers for room in tally.ledger.rooms)
    return {
        "p50": latency.percentile(0.50),
        "p90": latency.percentile(0.90),
        "p95": latency.percentile(0.95),
        "p99": latency.percentile(0.99),
        "max": latency.maximum,
        "connected": tally.most_connected,
        "not_connected": outcome.plan.users - entered,
        "sent": sent,
        "delivered": balance.delivered,
        "lost": balance.lost,
        "doubled": tally.ledger.doubled,
        "refused": tally.ledger.refused,
        "resyncs": tally.resyncs,
        "errors": tally.errors.total(),
        "sent/s": sent / outcome.seconds if outcome.seconds else 0.0,
        "delivered/s": balance.delivered / listened if listened else 0.0,
    }


def document(
    outcome: Outcome, measures: Mapping[str, float | None], failures: Sequence[str]
) -> dict[str, Any]:
    """Return the test as JSON can hold it, the plan without what lets people in."""
    plan, tally, balance = outcome.plan, outcome.tally, outcome.balance
    return {
        "plan": {
            "url": plan.site.http,
            "socket": plan.socket,
            "users": plan.users,
            "seconds": plan.seconds,
            "ramp": plan.ramp_seconds,
            "rooms": list(outcome.rooms),
            "messages_per_second": plan.messages_per_second,
            "think": plan.think,
            "size": plan.size,
            "sign_in": "sessions" if plan.sessions else plan.sign_in,
            "people": plan.people,
            "storm_every": plan.storm_every,
            "storm_share": plan.storm_share,
            "seed": plan.seed,
        },
        "interrupted": outcome.interrupted,
        "seconds": outcome.seconds,
        "began_at": outcome.began_at,
        "measures": dict(measures),
        "expected": balance.expected,
        "unanswered": balance.unanswered,
        "recovered": tally.recovered,
        "connects": tally.connects,
        "errors": dict(tally.errors.most_common()),
        "load": {"busy": outcome.busy, "behind_p99": tally.behind.percentile(0.99)},
        "failures": list(failures),
        "samples": [asdict(sample) for sample in tally.samples],
    }
