"""What one client may do in a second, and how many clients there may be.

Commands are metered by kind, because a subscription costs the server more than a message, and a
page of history more than both. The meter is the generic cell rate algorithm (GCRA, ITU-T I.371):
a bucket of tokens of which only one number is kept, the time at which it will be full again. So
nothing has to refill it, and a client that asks nothing costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.conf import Settings

Kind = Literal["subscribe", "publish", "read"]
# `over` is the last word: whoever goes on like this is to be disconnected.
Verdict = Literal["allowed", "refused", "over"]

# What is not listed, whether it exists or not, counts as `subscribe`.
KINDS: Mapping[str, Kind] = {
    "publish": "publish",
    "rpc": "publish",
    "send": "publish",
    "history": "read",
    "presence": "read",
    "presence_stats": "read",
}

# So many refusals more than permissions are borne at least, however small the burst is.
LEAST_PATIENCE = 10
# Sums of fractions are a little off; this part of an interval is not counted.
SLACK = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many a second for ever, and `burst` at once after a rest."""

    per_second: float
    burst: int

    @property
    def patience(self) -> int:
        """How many more refusals than permissions are borne."""
        return max(self.burst, LEAST_PATIENCE)


def kind_of(command: str) -> Kind:
    """Return as what a command is metered."""
    return KINDS.get(command, "subscribe")


def rates_of(settings: Settings) -> dict[Kind, Rate]:
    """Return the rates of all kinds."""
    return {
        "subscribe": Rate(per_second=settings.subscribe_rate, burst=settings.subscribe_burst),
        "publish": Rate(per_second=settings.publish_rate, burst=settings.publish_burst),
        "read": Rate(per_second=settings.read_rate, burst=settings.read_burst),
    }


@dataclass(eq=False, slots=True)
class Meter:
    """What one connection has taken of its rates: for each kind, until when that is paid off."""

    rates: Mapping[Kind, Rate]
    subscribe: float = -math.inf
    publish: float = -math.inf
    read: float = -math.inf
    # One more for each that was refused, one less for each that was allowed.
    refusals: int = 0

    def take(self, kind: Kind, now: float) -> Verdict:
        """Return whether one more of this kind is allowed; `now` is monotonic, in seconds.

        In any t seconds at most `burst + per_second * t` are. What is refused is not counted
        against the client, so that one that waits is always heard again.
        """
        rate = self.rates[kind]
        interval = 1 / rate.per_second
        paid_off = max(getattr(self, kind), now)
        if paid_off - now > (rate.burst - 1 + SLACK) * interval:
            self.refusals += 1
            return "refused" if self.refusals <= rate.patience else "over"
        setattr(self, kind, paid_off + interval)
        self.refusals = max(0, self.refusals - 1)
        return "allowed"


def is_full(count: int, limit: int) -> bool:
    """Return whether there is no place for one more; a limit of 0 is none."""
    return 0 < limit <= count


def refusal(settings: Settings, *, connections: int, from_address: int) -> str:
    """Return why there is no place for another connection, as a label, or an empty text.

    `connections` counts all there are, `from_address` those of the newcomer's address.
    """
    if is_full(connections, settings.max_connections):
        return "limit"
    if is_full(from_address, settings.connections_per_address):
        return "address_limit"
    return ""
