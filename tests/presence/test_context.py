"""What the desk does later is not done in the context of the request or thread that caused it."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.utils import translation

from presence import desk, news, recheck
from tests.presence.conftest import HALL, IN_HALL, id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.presence.conftest import House

LATER = ("diff", "typing", "recheck", "last seen")


@pytest.fixture
def thread() -> Context:
    """Return the context of a thread that works for a request, in the language of its person."""
    context = Context()
    context.run(SyncToAsync.deadlock_context.set, True)  # noqa: FBT003 - its own signature
    context.run(translation.activate, "de")
    return context


async def test_what_is_done_later_has_neither_thread_nor_language_of_its_cause(
    house: House, monkeypatch: pytest.MonkeyPatch, thread: Context
) -> None:
    contexts: dict[str, set[tuple[bool, str | None]]] = {}

    def note(name: str) -> Callable[..., Awaitable[bool]]:
        async def noted(*_: object, **__: object) -> bool:
            now = SyncToAsync.deadlock_context.get(False), translation.get_language()
            contexts.setdefault(name, set()).add(now)
            return True

        return noted

    monkeypatch.setattr(desk, "database_sync_to_async", lambda _: note("last seen"))
    await house.program("ann", HALL, IN_HALL)
    await asyncio.sleep(100)
    for module, name, what in (
        (news, "tell", "diff"),
        (news, "tell_typing", "typing"),
        (recheck, "may_see", "recheck"),
    ):
        monkeypatch.setattr(module, name, note(what))
    [connection] = house.engine.connections.of(id_of("ann"))
    assert connection.host is not None

    thread.run(connection.host.unsubscribe, HALL, 2000, "closed")
    thread.run(desk.desk().hear_typing, HALL, user="7", name="ann", stopped=False)
    await asyncio.sleep(100)

    assert contexts == {name: {(False, settings.LANGUAGE_CODE)} for name in LATER}
