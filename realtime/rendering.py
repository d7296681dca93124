"""How a function that makes HTML is called: here, in a thread, or awaited.

What it returns is a text. Plain text is escaped, as it is in a template.
"""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from asgiref.sync import iscoroutinefunction
from channels.db import database_sync_to_async
from django.utils.html import conditional_escape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.utils.safestring import SafeString

R = TypeVar("R")

# Threads for what coroutines ask for. They are its own, so that nothing here queues behind those
# who wait for it.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="goby-fragments")


def rendered(render: Callable[[], str | Awaitable[str]]) -> SafeString:
    """Call a function and return its HTML; raise `TypeError` if it does not return a text."""
    return _html_of(_call(render))


async def arendered(render: Callable[[], str | Awaitable[str]]) -> SafeString:
    """Await a coroutine function on this loop, or call any other function in a thread."""
    html = render() if iscoroutinefunction(render) else await in_thread(_call, render)
    return _html_of(await html if inspect.isawaitable(html) else html)


async def in_thread(work: Callable[..., R], *arguments: object) -> R:
    """Call `work` in a thread that may use the database."""
    aside = database_sync_to_async(work, thread_sensitive=False, executor=_threads)
    return await aside(*arguments)


def _call(render: Callable[[], R]) -> R:
    try:
        return render()
    except StopIteration as error:  # a coroutine cannot raise it, and would wait for ever
        raise RuntimeError("A render function raised StopIteration.") from error


def _html_of(html: object) -> SafeString:
    if not isinstance(html, str):
        raise TypeError(f"A render function returned {type(html).__name__}. Let it return a text.")
    return conditional_escape(html)
