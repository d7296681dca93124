"""The Data socket: programs and apps, over the Centrifuge client protocol.

A reply leaves before any push that its command causes, and commands are handled in the order in
which they came: both follow from one task that reads and one outbox that is written.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from realtime import actions, protocol, registry
from realtime.codecs import JSONCodec
from realtime.consumers.socket import SocketConsumer
from realtime.exceptions import (
    CommandError,
    InvalidDataError,
    InvalidTopicError,
    ProtocolError,
)
from realtime.message import ClientInfo, Frame
from realtime.outbox import SLOW, Ending
from realtime.router import MAX_TOPIC_LENGTH
from realtime.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.protocol import Command

_random = random.SystemRandom()


class DataConsumer(SocketConsumer):
    """One client of the Data socket."""

    socket = "data"
    codec = JSONCodec()
    revocation = Ending(protocol.FORCE_DISCONNECT, "signed out")
    slow = SLOW
    failure = Ending(protocol.SERVER_ERROR, "internal server error")

    connected = False
    awaits_pong = False
    busy = False
    slot = 0

    async def opened(self, scope: dict[str, Any]) -> None:
        """Wait for the connect command, but not for ever."""
        self.engine.heartbeat.schedule(self, self.engine.settings.connect_timeout)

    def closed(self) -> None:
        """Stop the clock."""
        self.engine.heartbeat.cancel(self)

    def farewell(self, code: int, reason: str) -> Frame | None:
        """Tell the reason in a push, because not every server passes it on with the close."""
        return protocol.disconnect_push(code, reason) if code >= 3000 else None

    def expire(self) -> None:
        """Be woken by the heartbeat: no connect came, a ping is due, or a pong is overdue."""
        settings = self.engine.settings
        if not self.connected:
            self.connection.close(protocol.STALE, "stale")
        elif not self.awaits_pong:
            self.awaits_pong = True
            self.put(protocol.PING)
            self.engine.heartbeat.schedule(self, settings.pong_timeout)
        elif self.busy:  # the pong may wait behind a slow action of ours
            self.engine.heartbeat.schedule(self, settings.pong_timeout)
        else:
            self.connection.close(protocol.NO_PONG, "no pong")

    async def received(self, text: str | None) -> None:
        """Handle the commands of one frame, in their order."""
        if text is None:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: this socket speaks JSON text")
        self.busy = True
        try:
            for command in protocol.parse(text):
                if self.connection.outbox.ending is not None:
                    return  # revoked, say, while the command before was performed
                await self._perform(command)
                await self.take_turns()
        finally:
            self.busy = False

    async def _perform(self, command: Command) -> None:
        if command is protocol.PONG:
            self._pong()
            return
        if not self.connected and command.name != "connect":
            raise ProtocolError(protocol.BAD_FRAME, "bad request: connect first")
        handler = HANDLERS.get(command.name)
        try:
            if handler is None:
                raise CommandError(*_UNAVAILABLE.get(command.name, _UNKNOWN))
            await handler(self, command)
        except CommandError as error:
            self.engine.instrumentation.refuse(self.socket, error.code)
            if command.id:
                self.put(protocol.error_reply(command.id, error))

    def _pong(self) -> None:
        if not self.awaits_pong:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: unsolicited pong")
        self.awaits_pong = False
        settings = self.engine.settings
        self.engine.heartbeat.schedule(self, settings.ping_interval)

    async def _connect(self, command: Command) -> None:
        if self.connected:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: connected already")
        if protocol.text_of(command.body, "token"):
            raise ProtocolError(protocol.INVALID_TOKEN, "invalid token")
        settings = self.engine.settings
        if self.client.is_guest and not settings.allow_guests:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: sign in first")
        self.connected = True
        # Pings are spread out, so that many who connect at once do not ping at once for ever.
        first = settings.ping_interval * _random.uniform(0.5, 1)
        self.engine.heartbeat.schedule(self, first)
        result = {
            "client": self.client.id,
            "version": VERSION,
            "ping": round(settings.ping_interval) or 1,
            "pong": True,
        }
        self.put(protocol.reply(command.id, "connect", result))

    async def _subscribe(self, command: Command) -> None:
        topic = _topic_of(command.body)
        await self.follow(topic)
        position = self.engine.pubsub.broker.position(topic)
        result = {"offset": position.offset, "epoch": position.epoch} if position.offset else {}
        self.put(protocol.reply(command.id, "subscribe", result))

    async def _unsubscribe(self, command: Command) -> None:
        topic = _topic_of(command.body)
        self.connection.topics.discard(topic)
        self.engine.hub.unsubscribe(topic, self.codec.name, self.connection.outbox)
        self.put(protocol.reply(command.id, "unsubscribe", {}))

    async def _publish(self, command: Command) -> None:
        topic = _topic_of(command.body)
        data = protocol.data_of(command.body)
        resolved = registry.catalog.resolve(topic)
        if resolved is None:
            raise CommandError(protocol.UNKNOWN_TOPIC, "unknown channel")
        await self.check(resolved, resolved.options.can_publish)
        pubsub = self.engine.pubsub
        try:
            draft = pubsub.draft(
                topic, data, info=ClientInfo(user=self.connection.user, client=self.client.id)
            )
        except (InvalidDataError, InvalidTopicError) as error:
            raise CommandError(protocol.BAD_REQUEST, f"bad request: {error}") from error
        # The publication reaches this client's outbox, too, so the reply goes there first.
        self.put(protocol.reply(command.id, "publish", {}))
        await pubsub.apublish(draft)

    async def _rpc(self, command: Command) -> None:
        found = actions.find(protocol.text_of(command.body, "method"))
        result = await actions.perform(found, self.client, _arguments_of(command.body))
        try:
            frame = protocol.reply(command.id, "rpc", {"data": result})
        except TypeError as error:
            self.engine.instrumentation.fail(f"action {found.name}", error)
            raise CommandError(protocol.INTERNAL, "internal server error") from error
        self.put(frame)

    async def _send(self, command: Command) -> None:
        data = protocol.data_of(command.body)
        if not isinstance(data, dict):
            raise CommandError(protocol.BAD_REQUEST, "bad request: data must be an object")
        arguments = dict(data)
        found = actions.find(protocol.text_of(arguments, "action"))
        del arguments["action"]
        await actions.perform(found, self.client, arguments)


def _topic_of(body: Mapping[str, Any]) -> str:
    topic = protocol.text_of(body, "channel")
    if not topic or len(topic) > MAX_TOPIC_LENGTH:
        raise CommandError(protocol.BAD_REQUEST, "bad request: channel is missing or too long")
    return topic


def _arguments_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise CommandError(protocol.BAD_REQUEST, "bad request: data must be an object")
    return data


HANDLERS = {
    "connect": DataConsumer._connect,
    "subscribe": DataConsumer._subscribe,
    "unsubscribe": DataConsumer._unsubscribe,
    "publish": DataConsumer._publish,
    "rpc": DataConsumer._rpc,
    "send": DataConsumer._send,
}
_UNKNOWN = (protocol.METHOD_NOT_FOUND, "method not found")
_NOT_YET = (protocol.NOT_AVAILABLE, "not available")
_UNAVAILABLE = dict.fromkeys(
    ("presence", "presence_stats", "history", "refresh", "sub_refresh", "ping"), _NOT_YET
)
