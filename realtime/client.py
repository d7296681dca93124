"""Who asks: the client as actions and permissions see it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from django.utils.crypto import salted_hmac

from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:  # models may be imported only after the apps were loaded
    from collections.abc import Mapping

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

Socket = Literal["html", "data", "http"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A connection, or a plain request, and its user.

    `id` names the connection; `session` is a digest of the session's key, empty without one;
    `info` is what the client's token says besides, None without one.
    """

    id: str
    socket: Socket
    user: AbstractBaseUser | AnonymousUser
    session: str = ""
    info: Any = None

    @property
    def is_guest(self) -> bool:
        """True where nobody is signed in."""
        return not self.user.is_authenticated

    @property
    def user_id(self) -> str:
        """The user's primary key as text, empty for a guest."""
        return "" if self.is_guest else str(self.user.pk)


def client_of_scope(scope: Mapping[str, Any], *, id: str, socket: Socket) -> Client:
    """Return the client of a scope that `auth.SessionAuth` or Channels' own stack completed."""
    session = scope.get("session")
    return Client(
        id=id,
        socket=socket,
        user=resolved_user(scope.get("user")),
        session=session_digest(session.session_key if session is not None else None),
    )


def client_of_request(request: HttpRequest) -> Client:
    """Return the client of a plain request. May load the user, which asks the database."""
    return Client(
        id=str(uuid.uuid4()),
        socket="http",
        user=resolved_user(request.user),
        session=session_digest(request.session.session_key),
    )


def resolved_user(user: Any) -> AbstractBaseUser | AnonymousUser:
    """Return the user behind the lazy object that middleware made, so that it is not kept alive."""
    if user is None:
        raise ConfigurationError(
            "This socket has no user. Wrap its URLRouter in realtime.auth.SessionAuth."
        )
    user.is_authenticated  # noqa: B018 - a lazy object loads its user now
    loaded: AbstractBaseUser | AnonymousUser = getattr(user, "_wrapped", user)
    return loaded


class _Glance(dict[str, Any]):
    """What a session holds, for Django to check and not to change.

    After a new secret key Django gives the session a new key as well. A handshake cannot tell
    the browser, which would be signed out, so this is left to the next page.
    """

    def cycle_key(self) -> None:
        """Keep the key."""

    def flush(self) -> None:
        """Keep the session; the user is refused all the same."""


def user_of_session(session: SessionBase) -> AbstractBaseUser | AnonymousUser:
    """Return the user who signed in to a session, if still active and with the same password."""
    from django.contrib.auth import get_user  # models need loaded apps

    request: Any = SimpleNamespace(session=_Glance(session.items()))
    return get_user(request)


def session_digest(key: str | None) -> str:
    """Return what stands for a session where its key must not be seen."""
    return salted_hmac("realtime.session", key).hexdigest()[:32] if key else ""
