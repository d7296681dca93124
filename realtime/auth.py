"""Who connects: the user of the session cookie, loaded without a cost to every message.

Channels' own stack wraps the connection's `send`, so that each message pays for a session that
has long been read, and hops to a thread three times for each connection. This one leaves `send`
alone, asks nothing where there is no cookie, and lets all who wait in through one `Door`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import parse_cookie

from realtime.client import user_of_session
from realtime.door import Door

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.base import SessionBase

Visitor = tuple["AbstractBaseUser | AnonymousUser", "SessionBase"]
Application = Callable[..., Awaitable[Any]]


class SessionAuth:
    """ASGI middleware that sets `user` and `session` in the scope of a WebSocket."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._door: Door[str, Visitor] = Door(_load)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        begun = time.monotonic()
        key = _session_key(scope)
        user, session = _stranger() if key is None else await self._door.load(key)
        visitor = {"user": user, "session": session, "realtime.begun": begun}
        await self._application({**scope, **visitor}, receive, send)


def _load(key: str) -> Visitor:
    session = _new_session(key)
    return user_of_session(session), session


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
