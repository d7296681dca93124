"""The HTML socket: htmx pages, which get fragments and send forms.

The page's tokens say which topics it follows, and from where on. A form names its action in the
field `action`; what htmx adds to a form (its headers) and what the plain form needs (the CSRF
token) is taken off. A message with the field `goby` is from `goby.js`: a part of the page came or
went, and with it what it follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.template.loader import render_to_string

from realtime import actions, registry, tokens
from realtime.codecs.html import HTMLCodec, entry_frame, html_frame
from realtime.commands.access import check, kept_place, resolve
from realtime.commands.approach import NOWHERE, Approach, Request, enter
from realtime.consumers.handshake import TRY_AGAIN_LATER
from realtime.consumers.metering import note_refusal, spend
from realtime.consumers.socket import SocketConsumer
from realtime.exceptions import CommandError, ProtocolError
from realtime.limits import is_full
from realtime.message import ClientInfo
from realtime.outbox import Ending
from realtime.pages import ENTERED, MAX_TOKENS, RESYNC, earlier, positions_of, query_of
from realtime.protocol import BAD_REQUEST, INTERNAL, LIMIT_EXCEEDED, MESSAGE_TOO_BIG
from realtime.sentences import sentence_of
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.catalog import Resolved
    from realtime.connections import Subscription
    from realtime.message import Frame, Position
    from realtime.terms import Terms

POLICY_VIOLATION = 1008
REVOKED = 4401
PAGE_EXPIRED = 4408  # goby.js reloads such a page once

ENVELOPE = frozenset({"action", "headers", "HEADERS", "csrfmiddlewaretoken"})

# What people are told when their page's connection ends for good.
ENDINGS = {
    MESSAGE_TOO_BIG: "That was too long to send.",
    POLICY_VIOLATION: "This page was not made for you. Please reload it.",
    REVOKED: "You are signed out. Please sign in again.",
    PAGE_EXPIRED: "This page is too old. Please reload it.",
}


class HTMLConsumer(SocketConsumer):
    """One page of a browser."""

    socket = "html"
    codec: HTMLCodec = HTMLCodec(registry.catalog)
    revocation = Ending(REVOKED, "signed out")
    shutdown = Ending(1012, "shutdown")
    # After these three htmx comes back by itself.
    slow = Ending(TRY_AGAIN_LATER, "slow")
    flood = Ending(TRY_AGAIN_LATER, "too many requests")
    failure = Ending(1011, "internal server error")

    # What the parts of the page follow, by their tokens.
    parts: dict[str, tuple[str, ...]]

    def no_place_for_user(self) -> str:
        """Let a user have so many pages: here the handshake tells who it is."""
        count = self.engine.connections.of_user(self.client.user_id)
        return "user_limit" if is_full(count, self.engine.settings.connections_per_user) else ""

    async def opened(self, scope: dict[str, Any]) -> None:
        """Follow the topics of the page's tokens, as far as this client still may."""
        limit = self.engine.settings.connections_per_user
        self.engine.connections.seat(self.connection, limit=limit)
        if self.client.is_guest and not self.engine.settings.allow_guests:
            raise ProtocolError(REVOKED, "sign in first")
        query = query_of(scope)
        self.parts = {}
        await self._follow_all(query.get("token", []), positions_of(query.get("at")))

    def closed(self) -> None:
        """Nothing to let go of: the transport's own pings watch this socket."""

    def lost(self, topic: str) -> None:
        """Let the page come back, and be given what it missed or fetch it anew."""
        self.connection.close(TRY_AGAIN_LATER, "insufficient state")

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
        """Perform the action of one form, or follow what a part of the page shows."""
        values = _values_of(message)
        change = "goby" in values
        try:
            spend(self, "subscribe" if change else "publish")
            await (self._change(values) if change else self._perform(values))
        except CommandError as error:
            self._refuse(error)

    async def _perform(self, values: Mapping[str, Any]) -> None:
        found = actions.find(_text_of(values, "action"))
        arguments = {name: values[name] for name in values if name not in ENVELOPE}
        result = await actions.perform(found, self.client, arguments)
        if found.fragment:
            self._show(found, result)

    def _show(self, found: actions.Action, result: Any) -> None:
        try:
            html = render_to_string(found.fragment, result)
        except Exception as error:
            self.engine.instrumentation.fail(f"fragment of {found.name}", error)
            raise CommandError(INTERNAL, "internal server error", temporary=True) from error
        self.put(html_frame(html))

    async def _change(self, values: Mapping[str, Any]) -> None:
        change, token = _text_of(values, "goby"), _text_of(values, "token")
        if change == "follow":
            await self._follow_all([token], positions_of(values.get("at")))
        elif change == "unfollow":
            self._unfollow_all(token)
        else:
            raise CommandError(BAD_REQUEST, "bad request")

    async def _follow_all(self, found: list[str], positions: Mapping[str, Position]) -> None:
        """Follow the topics of tokens, from where the page is or was made."""
        wanted: dict[str, Position | None] = {}
        for token in found:
            topics = self._topics_of(token)
            if len(self.parts) >= MAX_TOKENS and token not in self.parts:
                self._refuse(CommandError(LIMIT_EXCEEDED, "limit exceeded"))
                break
            self.parts[token] = tuple(topics)
            for topic, position in topics.items():
                wanted[topic] = earlier(wanted.get(topic), position)
        for topic, position in wanted.items():
            await self._follow(topic, positions.get(topic, position))

    def _unfollow_all(self, token: str) -> None:
        topics = self.parts.pop(token, ())
        followed_still = {topic for each in self.parts.values() for topic in each}
        for topic in topics:
            if topic not in followed_still:
                self.leave(topic)

    async def _follow(self, topic: str, since: Position | None) -> None:
        subscription = self.connection.topics.get(topic)
        try:
            if subscription is None:
                await self._begin(topic, since)
            elif since is not None:  # a part that came later may have been made before the rest
                await self._arrive(topic, resolve(self, topic), since, subscription)
        except CommandError as error:
            self._refuse(error)

    async def _begin(self, topic: str, since: Position | None) -> None:
        subscription = self.subscription()
        with kept_place(self, topic, subscription) as resolved:
            await check(self, resolved, resolved.options.can_subscribe)
            await self._arrive(topic, resolved, since, subscription)
        info = ClientInfo(user=self.connection.user, client=self.client.id)
        self.engine.presence.enter(topic, info)

    async def _arrive(
        self, topic: str, resolved: Resolved, since: Position | None, subscription: Subscription
    ) -> None:
        history = resolved.options.history
        if history is None:
            self.join(topic, subscription)
            return
        request = Request(recover=since is not None, since=since or NOWHERE)
        approach = Approach(self, self.codec, topic, history, request, subscription)
        try:
            live = await enter(approach)
        except ProtocolError:  # there is a hole in what came meanwhile
            raise ProtocolError(TRY_AGAIN_LATER, "insufficient state") from None
        missed = approach.result.get("publications")
        if since is not None and not approach.result.get("recovered"):
            self.put(entry_frame("", topic, approach.top, RESYNC))
        else:
            html = "" if missed is None else missed.raw.decode()
            self.put(entry_frame(html, topic, approach.top, ENTERED))
        for frame in live:
            self.put(frame)

    def _topics_of(self, token: str) -> dict[str, Position | None]:
        max_age = self.engine.settings.page_token_ttl
        user, session = self.client.user_id, self.client.session
        try:
            return tokens.read(token, max_age=max_age, user=user, session=session)
        except tokens.ExpiredTokenError:
            raise ProtocolError(PAGE_EXPIRED, "page expired") from None
        except tokens.SignedOutError:
            raise ProtocolError(REVOKED, "signed out") from None
        except tokens.ForgedTokenError:
            raise ProtocolError(POLICY_VIOLATION, "invalid page token") from None

    def _refuse(self, error: CommandError) -> None:
        note_refusal(self, error.code)
        self.put(_error_frame(sentence_of(error)))


def _values_of(message: str | bytes) -> dict[str, Any]:
    # What cannot be read is a form that names no action, and metered and refused as such.
    try:
        values = orjson.loads(message)
    except orjson.JSONDecodeError:
        return {}
    return values if isinstance(values, dict) else {}


def _text_of(values: Mapping[str, Any], name: str) -> str:
    text = values.get(name)
    if not isinstance(text, str):
        raise CommandError(BAD_REQUEST, "bad request")
    return text


def _error_frame(sentence: str) -> Frame:
    return html_frame(render_to_string("realtime/error.html", {"message": sentence}))
