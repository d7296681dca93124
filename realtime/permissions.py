"""Who may do what: named permissions, and callables of the site.

Everything is denied unless a topic or an action says otherwise.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from realtime.catalog import Permission
    from realtime.client import Client


def _is_staff(client: Client) -> bool:
    return bool(getattr(client.user, "is_staff", False))


NAMED: Mapping[str, Callable[[Client], bool]] = {
    "anyone": lambda client: True,
    "signed_in": lambda client: not client.is_guest,
    "staff": _is_staff,
    "nobody": lambda client: False,
}


def check_permission(permission: Permission) -> None:
    """Raise `ConfigurationError` if this is neither a named permission nor a callable."""
    if not callable(permission) and permission not in NAMED:
        raise ConfigurationError(
            f"{permission!r} is no permission. Write one of {', '.join(NAMED)}, or a function "
            "of the client that returns True or False."
        )


def in_thread(
    client: Client, function: Callable[..., Any]
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return the sync function as an async one that runs in a thread, where it may use the ORM.

    For a socket the thread's database connections are cleaned up around it. A plain request's
    are Django's to clean up, which must not happen in the middle of its transaction.
    """
    wrap = sync_to_async if client.socket == "http" else database_sync_to_async
    return wrap(function)


async def allowed(permission: Permission, client: Client, **parameters: Any) -> bool:
    """Return whether `client` may. A sync callable runs in a thread, where it may use the ORM."""
    if isinstance(permission, str):
        return NAMED[permission](client)
    if inspect.iscoroutinefunction(permission):
        return bool(await permission(client, **parameters))
    answer = await in_thread(client, permission)(client, **parameters)
    # A lambda or an object may return a coroutine, which would count as true whatever it says.
    return bool(await answer if inspect.isawaitable(answer) else answer)
