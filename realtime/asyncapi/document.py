"""The whole document: where the sockets are, what goes over them, and what limits there are.

It is made anew from the code each time, so it cannot say what the site does not do. Each topic and
each action is a channel of its own beside those of the two sockets, over which they travel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings

from realtime import registry
from realtime.asyncapi import actions, codes, data, html, references, topics
from realtime.asyncapi.schemas import schemas
from realtime.recovery import MAX_PUBLICATIONS
from realtime.router import MAX_TOPIC_LENGTH
from realtime.routing import websocket_urlpatterns
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.client import Socket
    from realtime.conf import Settings

DESCRIPTION = (
    "Live topics: what apps publish reaches every client that follows the topic, as JSON over the "
    "Data socket and as HTML over the HTML socket. Topics and actions are channels here, too: they "
    "travel over the sockets."
)

# Settings that a client runs into.
LIMITS = (
    "message_max_size",
    "topics_per_connection",
    "outbox_max_size",
    "send_timeout",
    "connect_timeout",
    "ping_interval",
    "pong_timeout",
    "subscribe_rate",
    "subscribe_burst",
    "publish_rate",
    "publish_burst",
    "read_rate",
    "read_burst",
    "connections_per_user",
    "connections_per_address",
    "token_grace",
)


def document(*, host: str, secure: bool) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of the site that is reached at this host."""
    settings = registry.engine().settings
    operations = {
        **data.operations(),
        **html.operations(),
        **topics.operations(),
        **actions.operations(),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Live topics", "version": VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"site": {"host": host, "protocol": "wss" if secure else "ws"}},
        "channels": {
            data.CHANNEL: _data_socket(settings),
            html.CHANNEL: _html_socket(settings),
            **topics.channels(),
            **actions.channels(),
        },
        "operations": _secured(operations, settings),
        "components": {
            "schemas": schemas(),
            "messages": {**data.messages(), **html.messages()},
            "securitySchemes": _security(settings),
        },
    }


def _data_socket(settings: Settings) -> dict[str, Any]:
    limits = {"topic_length": MAX_TOPIC_LENGTH, "publications_per_reply": MAX_PUBLICATIONS}
    return {
        "title": "Data socket",
        **_address("data"),
        "description": data.DESCRIPTION,
        "messages": references.to_messages(data.messages()),
        "bindings": _handshake(query=data.QUERY, headers=data.HEADERS),
        "x-guests": settings.allow_guests,
        "x-limits": {**_limits(settings), **limits},
        "x-close-codes": {str(code): meaning for code, meaning in codes.endings().items()},
    }


def _html_socket(settings: Settings) -> dict[str, Any]:
    return {
        "title": "HTML socket",
        **_address("html"),
        "description": html.DESCRIPTION,
        "messages": references.to_messages(html.messages()),
        "bindings": _handshake(query=html.QUERY),
        "x-guests": settings.allow_guests,
        "x-limits": {**_limits(settings), "page_token_ttl": settings.page_token_ttl},
        "x-close-codes": html.closes(),
        "x-sentences": html.sentences(),
    }


def _address(socket: Socket) -> dict[str, Any]:
    paths = [
        str(route.pattern)
        for route in websocket_urlpatterns
        if route.callback.consumer_class.socket == socket
    ]
    if len(paths) == 1:
        return {"address": f"/{paths[0]}"}
    parameter = {"enum": paths, "default": paths[0], "description": "Any of them, they are alike."}
    return {"address": "/{path}", "parameters": {"path": parameter}}


def _handshake(**asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"ws": {"method": "GET", **asked, "bindingVersion": "0.1.0"}}


def _limits(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in LIMITS}


def _security(settings: Settings) -> dict[str, Any]:
    session = {
        "type": "httpApiKey",
        "name": django_settings.SESSION_COOKIE_NAME,
        "in": "cookie",
        "description": "The session of a person who signed in, for pages of the same origin.",
    }
    token = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A connection token, as `token` in the command connect; in no header.",
    }
    return {"session": session, **({"token": token} if settings.token_keys else {})}


def _secured(operations: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    schemes = {
        name: references.to("components", "securitySchemes", name) for name in _security(settings)
    }
    security = {"data.connect": list(schemes.values()), "html.form": [schemes["session"]]}
    return {
        name: {**operation, **({"security": security[name]} if name in security else {})}
        for name, operation in operations.items()
    }
