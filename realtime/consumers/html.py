"""The HTML socket: htmx pages, which get fragments and send forms.

The page's token says which topics it follows. A form names its action in the field `action`; what
htmx adds to a form (its headers) and what the plain form needs (the CSRF token) is taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson
from django.template.loader import render_to_string

from realtime import actions, registry, tokens
from realtime.codecs.html import HTMLCodec, html_frame
from realtime.commands.access import check, make_room
from realtime.consumers.handshake import TRY_AGAIN_LATER
from realtime.consumers.metering import note_refusal, spend
from realtime.consumers.socket import SocketConsumer
from realtime.exceptions import CommandError, ProtocolError
from realtime.limits import is_full
from realtime.message import ClientInfo
from realtime.outbox import Ending
from realtime.protocol import BAD_REQUEST, INTERNAL, MESSAGE_TOO_BIG
from realtime.sentences import sentence_of
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from realtime.message import Frame
    from realtime.terms import Terms

POLICY_VIOLATION = 1008
REVOKED = 4401

ENVELOPE = frozenset({"action", "headers", "HEADERS", "csrfmiddlewaretoken"})

# What people are told when their page's connection ends for good.
ENDINGS = {
    MESSAGE_TOO_BIG: "That was too long to send.",
    POLICY_VIOLATION: "This page was not made for you. Please reload it.",
    REVOKED: "You are signed out, or this page is too old. Please reload it.",
}


class HTMLConsumer(SocketConsumer):
    """One page of a browser."""

    socket = "html"
    codec = HTMLCodec(registry.catalog)
    revocation = Ending(REVOKED, "signed out")
    shutdown = Ending(1012, "shutdown")
    # After these three htmx comes back by itself.
    slow = Ending(TRY_AGAIN_LATER, "slow")
    flood = Ending(TRY_AGAIN_LATER, "too many requests")
    failure = Ending(1011, "internal server error")

    def no_place_for_user(self) -> str:
        """Let a user have so many pages: here the handshake tells who it is."""
        count = self.engine.connections.of_user(self.client.user_id)
        return "user_limit" if is_full(count, self.engine.settings.connections_per_user) else ""

    async def opened(self, scope: dict[str, Any]) -> None:
        """Follow the topics of the page's token, as far as this client still may."""
        limit = self.engine.settings.connections_per_user
        self.engine.connections.seat(self.connection, limit=limit)
        if self.client.is_guest and not self.engine.settings.allow_guests:
            raise ProtocolError(REVOKED, "sign in first")
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        for topic in self._topics_of(token) if token else ():
            await self._follow(topic)

    def closed(self) -> None:
        """Nothing to let go of: the transport's own pings watch this socket."""

    def lost(self, topic: str) -> None:
        """Nothing yet: a page keeps no position, and goes on with what comes."""

    async def subscribe(self, topic: str, terms: Terms = NO_TERMS) -> None:
        """Nothing: a page follows what it shows, and has no place for the rest."""

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Follow a topic no more; what the page shows of it stays."""
        self.leave(topic)

    def end_at(self, expires_at: int) -> None:
        """Nothing: a page ends with its session."""

    def farewell(self, code: int, reason: str) -> Frame | None:
        """Show a sentence to the person where there is one for this end."""
        return _error_frame(ENDINGS[code]) if code in ENDINGS else None

    async def received(self, message: str | bytes) -> None:
        """Perform the action of one form."""
        try:
            spend(self, "publish")
            values = _values_of(message)
            found = actions.find(_action_of(values))
            arguments = {name: values[name] for name in values if name not in ENVELOPE}
            result = await actions.perform(found, self.client, arguments)
            if found.fragment:
                self._show(found, result)
        except CommandError as error:
            self._refuse(error)

    def _show(self, found: actions.Action, result: Any) -> None:
        try:
            html = render_to_string(found.fragment, result)
        except Exception as error:
            self.engine.instrumentation.fail(f"fragment of {found.name}", error)
            raise CommandError(INTERNAL, "internal server error", temporary=True) from error
        self.put(html_frame(html))

    async def _follow(self, topic: str) -> None:
        try:
            resolved = make_room(self, topic)
            await check(self, resolved, resolved.options.can_subscribe)
            self.join(topic, self.subscription())
            info = ClientInfo(user=self.connection.user, client=self.client.id)
            self.engine.presence.enter(topic, info)
        except CommandError as error:
            self._refuse(error)

    def _topics_of(self, token: str) -> list[str]:
        max_age = self.engine.settings.page_token_ttl
        user, session = self.client.user_id, self.client.session
        try:
            return tokens.read(token, max_age=max_age, user=user, session=session)
        except tokens.ExpiredTokenError:
            raise ProtocolError(REVOKED, "page expired") from None
        except tokens.ForgedTokenError:
            raise ProtocolError(POLICY_VIOLATION, "invalid page token") from None

    def _refuse(self, error: CommandError) -> None:
        note_refusal(self, error.code)
        self.put(_error_frame(sentence_of(error)))


def _values_of(message: str | bytes) -> dict[str, Any]:
    try:
        values = orjson.loads(message)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise CommandError(BAD_REQUEST, "bad request")
    return values


def _action_of(values: dict[str, Any]) -> str:
    name = values.get("action")
    if not isinstance(name, str):
        raise CommandError(BAD_REQUEST, "bad request")
    return name


def _error_frame(sentence: str) -> Frame:
    return html_frame(render_to_string("realtime/error.html", {"message": sentence}))
