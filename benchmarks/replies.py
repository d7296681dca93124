"""What those who came back were told: how much was given back, lost, doubled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.wire import Place

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """The reply to a subscribe command, as far as it tells a position."""

    place: Place
    recovered: bool
    offsets: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one client that came back has, beside what it should have."""

    recovered: bool
    lost: int
    doubled: int


def subscribed(told: Sequence[bytes]) -> Subscribed:
    """The one reply to a subscribe command in the frames that a client was sent."""
    messages = [orjson.loads(line) for frame in told for line in frame.split(b"\n")]
    result: dict[str, Any] = next(each["subscribe"] for each in messages if "subscribe" in each)
    return Subscribed(
        place=Place(result.get("offset", 0), result["epoch"]),
        recovered=result.get("recovered", False),
        offsets=[each["offset"] for each in result.get("publications", [])],
    )


def account_of(told: Subscribed, place: Place, missed: int) -> Account:
    """Compare with all that came after `place`; what is out of order counts as lost and doubled."""
    wanted = list(range(place.offset + 1, place.offset + 1 + missed))
    in_order = sum(given == due for given, due in zip(told.offsets, wanted, strict=False))
    return Account(
        recovered=told.recovered and told.place.epoch == place.epoch,
        lost=missed - in_order,
        doubled=len(told.offsets) - in_order,
    )
