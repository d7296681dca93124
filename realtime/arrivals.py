"""What the site does when a program connects: it names the topics that the client will follow.

    @on_connect
    def inbox(client: Client) -> list[BoundTopic]:
        return [] if client.is_guest else [notifications(user=client.user_id)]

It belongs into an app's `topics.py`. Nobody asks for permission: the site itself decides.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from realtime import registry
from realtime.exceptions import CommandError, ConfigurationError
from realtime.permissions import in_thread
from realtime.protocol import INTERNAL
from realtime.topics import BoundTopic

if TYPE_CHECKING:
    from realtime.client import Client

Named = Iterable[BoundTopic | str] | None
# (client) or (client, data=...), sync or async, where `data` is what the client sent along.
Function = TypeVar("Function", bound=Callable[..., Named | Awaitable[Named]])


@dataclass(frozen=True, slots=True)
class _Arrival:
    function: Callable[..., Any]
    takes_data: bool


_arrivals: list[_Arrival] = []


def on_connect(function: Function) -> Function:
    """Call a function whenever a client of the Data socket connects, and let it follow the result.

    A sync function runs in a thread, where it may use the ORM. If one fails, the client is told
    to try again later.
    """
    takes_data = "data" in inspect.signature(function).parameters
    _arrivals.append(_Arrival(function, takes_data))
    return function


async def topics_for(client: Client, data: Any) -> list[str]:
    """Return the topics that all functions name; raise `CommandError` 100 if one fails."""
    found: list[str] = []
    for arrival in _arrivals:
        try:
            found += await _ask(arrival, client, data)
        except Exception as error:
            registry.engine().instrumentation.fail("on_connect", error)
            raise CommandError(INTERNAL, "internal server error", temporary=True) from error
    return found


async def _ask(arrival: _Arrival, client: Client, data: Any) -> list[str]:
    function = arrival.function
    if arrival.takes_data:
        function = partial(function, data=data)
    if inspect.iscoroutinefunction(arrival.function):
        return _names_of(await function(client))
    # A generator or a query must be gone through in the thread, too.
    names = await in_thread(client, lambda client: _names_of(function(client)))(client)
    return list(names)


def _names_of(named: Named) -> list[str]:
    if isinstance(named, str | BoundTopic):
        raise ConfigurationError("A function of on_connect returns a list of topics, not one.")
    names = [str(topic) for topic in named or ()]
    if not all(registry.catalog.resolve(name) for name in names):
        raise ConfigurationError("A function of on_connect names a topic that no app declares.")
    return names
