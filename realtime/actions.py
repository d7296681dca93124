"""What clients may ask for by name: one handler serves a form, an RPC and a plain request.

    @action("chat.send", allow="signed_in")
    async def send(client: Client, *, room: str, text: str) -> dict[str, object]: ...

What is not registered is refused. Arguments are checked against the handler's annotations before
it runs, so that it never sees a missing, unknown or wrongly typed one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, sync_to_async
from channels.db import aclose_old_connections

from realtime import registry
from realtime.arguments import Parameter, bind, parameters_of
from realtime.client import client_of_request
from realtime.exceptions import CommandError, ConfigurationError
from realtime.permissions import allowed, check_permission, in_thread
from realtime.protocol import INTERNAL, METHOD_NOT_FOUND, PERMISSION_DENIED
from realtime.sentences import for_people

if TYPE_CHECKING:
    from django.http import HttpRequest

    from realtime.catalog import Permission
    from realtime.client import Client

Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A registered action. `fragment` shows its result to the HTML socket that asked."""

    name: str
    handler: Handler
    allow: Permission
    fragment: str
    parameters: Mapping[str, Parameter]


_actions: dict[str, Action] = {}


def action(
    name: str, *, allow: Permission = "nobody", fragment: str = ""
) -> Callable[[Handler], Handler]:
    """Register a handler `(client, *, arguments) -> JSON value`, sync or async.

    A sync handler runs in a thread, where it may use the ORM. It refuses with `ActionError`.
    """
    check_permission(allow)

    def register(handler: Handler) -> Handler:
        if name in _actions:
            raise ConfigurationError(f'Action "{name}" is registered twice. Rename one of them.')
        _actions[name] = Action(
            name=name,
            handler=handler,
            allow=allow,
            fragment=fragment,
            parameters=parameters_of(handler),
        )
        return handler

    return register


def find(name: str) -> Action:
    """Return the action; raise `CommandError` 104 if there is none of this name."""
    found = _actions.get(name)
    if found is None:
        raise CommandError(METHOD_NOT_FOUND, "method not found")
    return found


def registered() -> list[Action]:
    """Return all actions, in the order of their names."""
    return [_actions[name] for name in sorted(_actions)]


async def perform(found: Action, client: Client, data: Mapping[str, Any]) -> Any:
    """Run an action for a client, and return its result.

    Raises `CommandError`: 103 if the client may not, 107 for arguments that do not fit, 100 if
    the handler failed, or the handler's own `ActionError`.
    """
    instrumentation = registry.engine().instrumentation
    try:
        if not await allowed(found.allow, client):
            raise CommandError(PERMISSION_DENIED, "permission denied")
        arguments = bind(found.parameters, data, textual=client.socket != "data")
        if inspect.iscoroutinefunction(found.handler):
            return await found.handler(client, **arguments)
        return await in_thread(client, found.handler)(client, **arguments)
    except CommandError:
        raise
    except Exception as error:
        instrumentation.fail(f"action {found.name}", error)
        if client.socket != "http":
            await aclose_old_connections()  # those which the error showed to be broken
        raise CommandError(INTERNAL, "internal server error", temporary=True) from error


async def acall_action(name: str, request: HttpRequest, data: Mapping[str, Any]) -> Any:
    """Run an action for the user of a plain request.

    Raises `ActionError` for every refusal, with a sentence for the person and, where the refusal
    is not the action's own, an HTTP status as its code.
    """
    client = await sync_to_async(client_of_request)(request)
    return await _perform_for_people(name, client, data)


def call_action(name: str, request: HttpRequest, data: Mapping[str, Any]) -> Any:
    """Do what `acall_action` does, from a sync view."""
    return async_to_sync(_perform_for_people)(name, client_of_request(request), data)


async def _perform_for_people(name: str, client: Client, data: Mapping[str, Any]) -> Any:
    try:
        return await perform(find(name), client, data)
    except CommandError as error:
        registry.engine().instrumentation.refuse(client.socket, error.code)
        raise for_people(error) from error
