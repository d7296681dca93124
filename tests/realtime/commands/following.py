"""Steps of the tests about subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.wire import publish

if TYPE_CHECKING:
    from tests.wire import DataWire

KEPT = "wire.kept.lobby"


async def follow(wire: DataWire, topic: str = KEPT, **request: object) -> dict[str, Any]:
    """Subscribe, and return the result."""
    reply = await wire.call("subscribe", channel=topic, **request)
    result: dict[str, Any] = reply["subscribe"]
    return result


async def return_to(
    wire: DataWire, offset: int, epoch: str = "", *, topic: str = KEPT, **request: object
) -> dict[str, Any]:
    """Subscribe from a position, and return the result."""
    return await follow(wire, topic, recover=True, offset=offset, epoch=epoch, **request)


async def publish_all(count: int, topic: str = KEPT) -> None:
    """Publish the numbers from 1 on."""
    for number in range(1, count + 1):
        await publish(topic, number)


def offsets(result: dict[str, Any]) -> list[int]:
    """Return the offsets of what was recovered."""
    return [pub["offset"] for pub in result.get("publications", [])]
