"""What a load process brings back, as figures by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.visits import windows_of

if TYPE_CHECKING:
    from collections.abc import Callable

FAN_OUT, ROOMS, FRAGMENTS = "fan-out", "rooms", "fragments"
TOPICS, PEOPLE, REPETITIONS = "many topics", "coming and going", "repetitions"

Figures = dict[str, float]


def _fan_out(result: dict[str, Any]) -> Figures:
    figures: Figures = {}
    for window in windows_of(result):
        spent = window.server_busy * window.seconds * 1_000_000
        deliveries = max(window.deliveries, 1)
        figures |= {
            f"{window.name}: deliveries/s": window.rate,
            f"{window.name}: µs a delivery": spent / deliveries,
            f"{window.name}: p50 ms": window.p50_ms,
            f"{window.name}: p95 ms": window.p95_ms,
            f"{window.name}: p99 ms": window.p99_ms,
            f"{window.name}: frames a delivery": window.frames / deliveries,
            f"{window.name}: bytes a delivery": window.bytes / deliveries,
        }
    each = result["each"]
    return {**figures, "KB a connection": each["bytes"] / 1024, "tasks each": each["tasks"]}


def _rooms(result: dict[str, Any]) -> Figures:
    [window] = windows_of(result)
    spent = window.server_busy * window.seconds * 1_000_000
    return {
        "µs a publication": spent / max(window.messages, 1),
        "p50 ms": window.p50_ms,
        "p95 ms": window.p95_ms,
        "p99 ms": window.p99_ms,
    }


def _fragments(result: dict[str, Any]) -> Figures:
    times: list[float] = sorted(result["messages_warm_ms"])
    return {"ms a page": times[len(times) // 2]}


def _topics(result: dict[str, Any]) -> Figures:
    return {
        "µs a topic": result["microseconds"],
        "KB a topic": result["bytes"] / 1024,
        "tasks a topic": result["tasks"],
    }


def _people(result: dict[str, Any]) -> Figures:
    moves = result["moves"]
    return {
        "messages a move": result["words"] / moves,
        "frames a move": result["frames"] / moves,
        "bytes a move": result["bytes"] / moves,
        "µs a move": result["microseconds"] / moves,
    }


def _repetitions(result: dict[str, Any]) -> Figures:
    distinct = max(result["distinct"], 1)
    return {
        "deliveries a message": result["words"] / distinct,
        "bytes a message": result["bytes"] / distinct,
        "µs a message": result["microseconds"] / distinct,
    }


READERS: dict[str, Callable[[dict[str, Any]], Figures]] = {
    FAN_OUT: _fan_out,
    ROOMS: _rooms,
    FRAGMENTS: _fragments,
    TOPICS: _topics,
    PEOPLE: _people,
    REPETITIONS: _repetitions,
}
