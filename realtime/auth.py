"""Who connects: the user of the session cookie, loaded without a cost to every message.

Channels' own stack wraps the connection's `send`, so that each message pays for a session that
has long been read, and hops to a thread three times for each connection. This one leaves `send`
alone, asks nothing where there is no cookie, and loads all who wait in one visit to the database:
a site whose clients all come back at once opens one connection for many of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import parse_cookie

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.base import SessionBase

Visitor = tuple["AbstractBaseUser | AnonymousUser", "SessionBase"]
Application = Callable[..., Awaitable[Any]]

# Enough to make opening a database connection cheap, few enough to answer the first soon.
LARGEST_VISIT = 50


class SessionAuth:
    """ASGI middleware that sets `user` and `session` in the scope of a WebSocket."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._door = _Door()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        user, session = await self._door.load(_session_key(scope))
        await self._application({**scope, "user": user, "session": session}, receive, send)


@dataclass(slots=True)
class _Door:
    """Those who wait to be recognised, in the order in which they came."""

    _waiting: list[tuple[str, asyncio.Future[Visitor]]] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def load(self, key: str | None) -> Visitor:
        """Return the user and the session of a session key."""
        if key is None:
            return _stranger()
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.get_loop() is not loop:
            self._waiting = []
            self._task = loop.create_task(self._work())
        future: asyncio.Future[Visitor] = loop.create_future()
        self._waiting.append((key, future))
        return await future

    async def _work(self) -> None:
        await asyncio.sleep(0)  # let those join who came in the same turn
        while self._waiting:
            visit = self._waiting[:LARGEST_VISIT]
            self._waiting = self._waiting[LARGEST_VISIT:]
            await _answer(visit)
        self._task = None


async def _answer(visit: Sequence[tuple[str, asyncio.Future[Visitor]]]) -> None:
    try:
        visitors = await database_sync_to_async(_load)([key for key, _ in visit])
    except Exception as error:  # noqa: BLE001 - each one's handshake fails with it
        for _, future in visit:
            if not future.done():
                future.set_exception(error)
        return
    for (_, future), visitor in zip(visit, visitors, strict=True):
        if future.done():  # a client that went away meanwhile has cancelled its own
            continue
        if isinstance(visitor, Exception):
            future.set_exception(visitor)
        else:
            future.set_result(visitor)


class _Glance(dict[str, Any]):
    """What a session holds, for Django to check and not to change.

    After a new secret key Django gives the session a new key as well. A handshake cannot tell
    the browser, which would be signed out, so this is left to the next page.
    """

    def cycle_key(self) -> None:
        """Keep the key."""

    def flush(self) -> None:
        """Keep the session; the user is refused all the same."""


def _load(keys: Sequence[str]) -> list[Visitor | Exception]:
    """Return a visitor for each key, or what is wrong with that key; raise if the database is."""
    visitors: list[Visitor | Exception] = []
    for key in keys:
        try:
            visitors.append(_load_one(key))
        except (InterfaceError, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 - a key may hold what the database cannot take
            visitors.append(error)
    return visitors


def _load_one(key: str) -> Visitor:
    from django.contrib.auth import get_user  # models need loaded apps

    session = _new_session(key)
    request: Any = SimpleNamespace(session=_Glance(session.items()))
    return get_user(request), session


def _stranger() -> Visitor:
    from django.contrib.auth.models import AnonymousUser  # as above

    return AnonymousUser(), _new_session(None)


def _new_session(key: str | None) -> SessionBase:
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return session


def _session_key(scope: dict[str, Any]) -> str | None:
    for name, value in scope["headers"]:
        if name == b"cookie":
            return parse_cookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME) or None
    return None
