"""Fragments that count how often they are made, and that a test can hold up."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from realtime import fragment_flights
from realtime.fragment_cache import FragmentCache, Order
from realtime.fragment_keys import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 10.0


class Made:
    """A render function that counts, and that can be held up."""

    def __init__(self, html: str = "<b>made</b>") -> None:
        self.html = html
        self.times = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        return SafeString(self.html)


def order(render: Callable[[], Any], key: str = "a") -> Order:
    return Order(place_of(key, ""), render)


def get(cache: FragmentCache, render: Callable[[], Any], key: str = "a") -> SafeString:
    [html] = cache.get_or_render([order(render, key)])
    return html


@contextmanager
def no_waiting() -> Iterator[None]:
    """Assert that nobody waited here until the patience with a leader was over."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < fragment_flights.PATIENCE


async def told(event: threading.Event) -> None:
    """Wait for a thread's event, without blocking the loop."""
    assert await asyncio.to_thread(event.wait, PATIENCE)
