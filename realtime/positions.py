"""Where topics were when a page began to be made, asked from wherever templates are rendered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from realtime import registry
from realtime.exceptions import NotServingError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from realtime.message import Position

R = TypeVar("R")


def positions_before(topics: Sequence[str], ago: float) -> dict[str, Position | None]:
    """Return where each topic was `ago` seconds ago; from any thread, also that of the loop.

    None where there is no telling: the topic keeps no history, or no loop serves here.
    """
    current = registry.engine()
    work = partial(current.recovery.positions_before, topics, ago)
    nowhere: dict[str, Position | None] = dict.fromkeys(topics)
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        with suppress(NotServingError):
            return current.pubsub.from_thread(work)
        return nowhere
    if running is not current.pubsub.loop:
        return nowhere
    return _at_once(work()) or nowhere


def _at_once(work: Coroutine[Any, Any, R]) -> R | None:
    """Return the result of what need not wait, or None if it would have to."""
    try:
        work.send(None)
    except StopIteration as end:
        result: R = end.value
        return result
    work.close()
    return None
