"""The Data socket: programs and apps, over the Centrifuge client protocol.

A reply leaves before any push that its command causes, and commands are handled in the order in
which they came: both follow from one task that reads and one outbox that is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol
from realtime.codecs import JSONCodec
from realtime.commands import perform
from realtime.commands.server_side import subscribe_unasked
from realtime.consumers.socket import SocketConsumer
from realtime.exceptions import CommandError, ProtocolError
from realtime.expiry import Expiries
from realtime.message import ClientInfo
from realtime.outbox import SLOW, Ending

if TYPE_CHECKING:
    from realtime.message import Frame
    from realtime.protocol import Command


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
    # Topics to which not the client but the site subscribed.
    server_side: set[str]
    # When its tokens end, and what they say of it, by topic.
    expiries: Expiries
    topic_info: dict[str, Any]

    async def opened(self, scope: dict[str, Any]) -> None:
        """Wait for the connect command, but not for ever."""
        self.server_side, self.topic_info = set(), {}
        self.expiries = Expiries(self.engine.heartbeat)
        self.engine.heartbeat.schedule(self, self.engine.settings.connect_timeout)

    def closed(self) -> None:
        """Stop the clock."""
        self.engine.heartbeat.cancel(self)
        self.expiries.clear()

    def lost(self, topic: str) -> None:
        """Let the client subscribe again, or connect again where it did not subscribe itself."""
        if topic in self.server_side:
            self.connection.close(protocol.INSUFFICIENT_STATE, "insufficient state")
        else:
            self.unsubscribe(topic, protocol.LOST_STATE, "insufficient state")

    async def subscribe(self, topic: str, *, info: Any = None, data: Any = None) -> None:
        """Follow a topic because the site says so, and tell the client."""
        await subscribe_unasked(self, topic, info=info, data=data)

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Follow a topic no more, and tell the client."""
        self.leave(topic)
        self.put(protocol.unsubscribe_push(topic, code, reason))

    def appear(self, topic: str, *, listens: bool = False) -> None:
        """Be seen on a followed topic, and with `listens` see who else comes and goes.

        It may cause pushes, so it comes after the reply to the subscribe command.
        """
        if listens:
            self.engine.hub.listen(topic, self.codec.name, self.connection.outbox)
        self.engine.presence.enter(topic, self.info_on(topic))

    def info_on(self, topic: str) -> ClientInfo:
        """Return what others may know of this client on a topic."""
        return ClientInfo(
            user=self.connection.user,
            client=self.client.id,
            conn_info=self.client.info,
            chan_info=self.topic_info.get(topic),
        )

    def leave(self, topic: str) -> None:
        """Follow a topic no more, whoever subscribed to it."""
        self.server_side.discard(topic)
        super().leave(topic)
        self.expiries.cancel(topic)
        self.topic_info.pop(topic, None)

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
        try:
            await perform(self, command)
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
