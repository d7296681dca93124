"""The Data socket: programs and apps, over the Centrifuge client protocol.

A reply leaves before any push that its command causes, and commands are handled in the order in
which they came: both follow from one task that reads and one outbox that is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from realtime import protocol
from realtime.codecs import DeltaCodec, JSONCodec, ProtobufCodec
from realtime.codecs.delta import DeltaFollower
from realtime.commands import perform
from realtime.commands.access import resolve
from realtime.commands.admission import keep_connection
from realtime.commands.server_side import subscribe_unasked
from realtime.connections import SHUTDOWN
from realtime.consumers.metering import note_refusal, spend
from realtime.consumers.socket import COMMANDS_PER_TURN, SocketConsumer
from realtime.exceptions import CommandError, ProtocolError
from realtime.expiry import Deadline, never_expire
from realtime.limits import kind_of
from realtime.message import ClientInfo
from realtime.outbox import SLOW, Ending
from realtime.terms import NO_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.codecs import DataCodec
    from realtime.connections import Subscription
    from realtime.message import Frame
    from realtime.protocol import Command
    from realtime.terms import Terms

BINARY = "centrifuge-protobuf"

JSON, PROTOBUF = JSONCodec(), ProtobufCodec()
DELTAS = {codec.name: DeltaCodec(codec) for codec in (JSON, PROTOBUF)}


class DataConsumer(SocketConsumer):
    """One client of the Data socket."""

    socket = "data"
    codec: DataCodec = JSON
    revocation = Ending(protocol.FORCE_DISCONNECT, "signed out")
    shutdown = SHUTDOWN
    slow = SLOW
    flood = Ending(protocol.FLOOD, "too many requests")
    failure = Ending(protocol.SERVER_ERROR, "internal server error")

    connected = False
    unwelcome = False
    # How many pings have not been answered yet.
    awaits_pong = 0
    busy = False
    slot = 0
    # Waits for the end of the connection's token.
    deadline: Deadline | None = None

    def negotiate(self, scope: dict[str, Any]) -> None:
        """Speak Protobuf with clients that ask for it, with others JSON."""
        if BINARY in scope["subprotocols"]:
            self.codec, self.subprotocol = PROTOBUF, BINARY
        elif parse_qs(scope["query_string"].decode("latin-1")).get("format") == ["protobuf"]:
            self.codec = PROTOBUF
        self.session = scope.get("realtime.session", "")

    async def opened(self, scope: dict[str, Any]) -> None:
        """Wait for the connect command, but not for ever."""
        self.engine.heartbeat.schedule(self, self.engine.settings.connect_timeout)

    def closed(self) -> None:
        """Stop the clock."""
        self.engine.heartbeat.cancel(self)
        never_expire(self.engine.heartbeat, self)

    def lost(self, topic: str) -> None:
        """Let the client subscribe again, or connect again where it did not subscribe itself."""
        subscription = self.connection.topics.get(topic)
        if subscription is not None and subscription.server_side:
            self.connection.close(protocol.INSUFFICIENT_STATE, "insufficient state")
        else:
            self.unsubscribe(topic, protocol.LOST_STATE, "insufficient state")

    async def subscribe(self, topic: str, terms: Terms = NO_TERMS) -> None:
        """Follow a topic because the site says so, and tell the client."""
        await subscribe_unasked(self, topic, terms)

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Follow a topic no more, and tell the client, if it follows or is about to."""
        if not self.connected and self.busy:
            # Perhaps the site was just asked what the client is to follow: let it be asked again.
            self.connection.close(protocol.INSUFFICIENT_STATE, "insufficient state")
        elif topic in self.connection.topics:
            self.leave(topic)
            self.put(self.codec.push("unsubscribe", {"code": code, "reason": reason}, topic))

    def end_at(self, expires_at: int) -> None:
        """End the connection then, unless its client refreshes it, and tell the client."""
        if self.connected:
            self.put(self.codec.push("refresh", keep_connection(self, expires_at)))

    def patch(self, subscription: Subscription) -> DeltaCodec:
        """Let a subscription bring only what changed from now on, and return its codec."""
        codec = DELTAS[self.codec.name]
        subscription.codec = codec.name
        subscription.follower = DeltaFollower(self.connection.outbox)
        return codec

    def appear(self, topic: str, *, asks: bool = False) -> None:
        """Be seen on a followed topic, and see who else comes and goes if the client `asks`.

        A client that the site subscribed could not ask, and sees it unless the site says otherwise.
        It may cause pushes, so it comes after the reply to the subscribe command.
        """
        subscription = self.connection.topics[topic]
        override = subscription.override
        forced = override.force_push_join_leave
        if asks or (subscription.server_side if forced is None else forced):
            self._listen(topic, subscription)
        self.engine.presence.enter(topic, self.info_on(topic), override)

    def _listen(self, topic: str, subscription: Subscription) -> None:
        if resolve(self, topic).options.join_leave:
            self.engine.hub.listen(topic, subscription.codec, subscription.follower)

    def info_on(self, topic: str) -> ClientInfo:
        """Return what others may know of this client on a topic."""
        subscription = self.connection.topics.get(topic)
        return ClientInfo(
            user=self.connection.user,
            client=self.client.id,
            conn_info=self.client.info,
            chan_info=None if subscription is None else subscription.info,
        )

    def farewell(self, code: int, reason: str) -> Frame | None:
        """Tell the reason in a push, because not every server passes it on with the close."""
        if code < 3000:
            return None
        return self.codec.push("disconnect", {"code": code, "reason": reason})

    def expire(self) -> None:
        """Be woken by the heartbeat: no connect came, a ping is due, or a pong is overdue."""
        settings = self.engine.settings
        if not self.connected:
            self._expire_connecting()
        elif self.busy or not self.awaits_pong:
            # While we are busy the pong may wait behind our work. The client must not miss its
            # pings meanwhile: by them it knows that we are there.
            self.awaits_pong += 1
            self.put(self.codec.ping)
            self.engine.heartbeat.schedule(self, settings.pong_timeout)
        else:
            self.connection.close(protocol.NO_PONG, "no pong")

    def _expire_connecting(self) -> None:
        if self.busy:  # the connect command is here, and it is we who take long
            self.engine.heartbeat.schedule(self, self.engine.settings.connect_timeout)
        else:
            self.connection.close(protocol.STALE, "stale")

    async def received(self, message: str | bytes) -> None:
        """Handle the commands of one frame, in their order."""
        self.busy = True
        try:
            for command in self.codec.parse(message):
                if self.connection.outbox.ending is not None:
                    return  # revoked, say, while the command before was performed
                await self._perform(command)
                reads = kind_of(command.name) == "read"
                await self.take_turns(COMMANDS_PER_TURN if reads else 1)
        finally:
            self.busy = False

    def answer(self, command: Command, result: Mapping[str, Any]) -> None:
        """Reply to a command."""
        self.put(self.codec.reply(command.id, command.name, result))

    async def _perform(self, command: Command) -> None:
        if command is protocol.PONG:
            self._pong()
            return
        # A refused connect may have said who the client is, but not for how long: that client
        # comes back on another connection.
        if not self.connected and (command.name != "connect" or self.unwelcome):
            raise ProtocolError(protocol.BAD_FRAME, "bad request: connect first")
        try:
            if self.connected:  # there is one connect, and a silent client needs no meter
                spend(self, kind_of(command.name))
            await perform(self, command)
        except CommandError as error:
            note_refusal(self, error.code)
            self.unwelcome = not self.connected
            if command.id:
                self.put(self.codec.refusal(command.id, error))

    def _pong(self) -> None:
        if not self.awaits_pong:
            raise ProtocolError(protocol.BAD_FRAME, "bad request: unsolicited pong")
        self.awaits_pong -= 1
        if not self.awaits_pong:
            self.engine.heartbeat.schedule(self, self.engine.settings.ping_interval)
