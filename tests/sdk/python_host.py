"""Clients of the official Python SDK, in the process and on the event loop of the tests."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so

from tests.sdk.program import PATIENCE, RefusedError
from tests.sdk.python_events import ClientEvents, SubscriptionEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from tests.relay import Relay
    from tests.sdk.program import Event, Form, Obey, Tell
    from tests.server import Server


class PythonHost:
    """Runs clients here."""

    @asynccontextmanager
    async def client(
        self, site: Server | Relay, tell: Tell, *, form: Form, cookie: str, tokens: list[str] | None
    ) -> AsyncIterator[Obey]:
        """Make a client; it ends with the block."""
        running = Client(site.data_socket, tell, form=form, cookie=cookie, tokens=tokens)

        async def obey(order: str, /, **details: Any) -> Any:
            try:
                return await getattr(running, order)(**details)
            except centrifuge.ReplyError as error:
                raise RefusedError(error.code, error.message) from error
            except centrifuge.CentrifugeError as error:  # of the SDK itself
                raise RefusedError(0, str(error)) from error

        try:
            yield obey
        finally:
            await running.end()


class Client:
    """One client, and the orders that it takes."""

    def __init__(
        self, address: str, tell: Tell, *, form: Form, cookie: str, tokens: list[str] | None
    ) -> None:
        self.form = form
        self.tell = tell
        self.patched: dict[str, int] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.client = centrifuge.Client(
            address,
            events=ClientEvents(self),
            use_protobuf=form == "protobuf",
            headers={"Cookie": cookie} if cookie else None,
            get_token=None if tokens is None else lambda: self.token("connection", tokens),
            proxy=None,
            min_reconnect_delay=0.02,
            max_reconnect_delay=0.2,
        )

    # Orders

    async def connect(self) -> None:
        self.begin(self.client.connect())

    async def disconnect(self) -> None:
        await self.client.disconnect()

    async def subscribe(self, *, channel: str, delta: str = "", **options: Any) -> None:
        if delta:
            options["delta"] = centrifuge.DeltaType(delta)
        self.begin(self.subscription(channel, **options).subscribe())

    async def unsubscribe(self, *, channel: str) -> None:
        await self.subscription(channel).unsubscribe()

    async def patches(self, *, channel: str) -> int:
        return self.patched.get(channel, 0)

    async def publish(self, *, channel: str, data: Any) -> None:
        await self.client.publish(channel, self.pack(data))

    async def rpc(self, *, method: str, data: Any) -> Any:
        return self.unpack((await self.client.rpc(method, self.pack(data))).data)

    async def presence(self, *, channel: str) -> dict[str, Event]:
        found = await self.client.presence(channel)
        return {client: self.info_of(info) for client, info in found.clients.items()}

    async def presence_stats(self, *, channel: str) -> dict[str, int]:
        stats = await self.client.presence_stats(channel)
        return {"num_clients": stats.num_clients, "num_users": stats.num_users}

    async def history(
        self, *, channel: str, since: dict[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        if since is not None:
            options["since"] = centrifuge.StreamPosition(**since)
        page = await self.client.history(channel, **options)
        publications = [self.publication_of(each) for each in page.publications]
        return {"publications": publications, "offset": page.offset, "epoch": page.epoch}

    async def connections(self, *, rounds: int) -> None:
        for _ in range(rounds):
            await self.client.connect()
            await self.client.ready(PATIENCE)
            await self.client.disconnect()

    async def subscriptions(self, *, channel: str, rounds: int) -> None:
        subscription = self.subscription(channel)
        for _ in range(rounds):
            await subscription.subscribe()
            await subscription.ready(PATIENCE)
            await subscription.unsubscribe()

    async def hesitate(self, *, channel: str, rounds: int) -> None:
        subscription = self.subscription(channel)
        for _ in range(rounds):
            self.begin(subscription.subscribe())
            await asyncio.sleep(0)  # so far that it asks
            await subscription.unsubscribe()

    # What they stand on

    def subscription(
        self, channel: str, *, tokens: list[str] | None = None, loads: bool = False, **options: Any
    ) -> Any:
        """Return the subscription to a topic, made when it is first asked for."""
        if loads:
            options["get_state"] = self.load
        return self.client.get_subscription(channel) or self.client.new_subscription(
            channel,
            events=SubscriptionEvents(self, channel),
            get_token=None if tokens is None else lambda _: self.token("subscription", tokens),
            min_resubscribe_delay=0.02,
            max_resubscribe_delay=0.2,
            **options,
        )

    async def load(self, channel: str) -> Any:
        """Load the state that a program has of its own, and say from where on it has to hear."""
        page = await self.client.history(channel, limit=0)
        self.tell({"event": "loaded", "channel": channel, "offset": page.offset})
        return centrifuge.StreamPosition(offset=page.offset, epoch=page.epoch)

    async def token(self, kind: str, left: list[str]) -> str:
        """Fetch the next token."""
        self.tell({"event": "asked", "kind": kind, "left": len(left)})
        return left.pop(0) if left else ""

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that goes on until the server answers."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def end(self) -> None:
        """Disconnect, and wait for what the SDK does in the background."""
        await self.client.disconnect()
        tasks = self.tasks | self.client._background_tasks
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE)

    # Payloads are values in the JSON form of the protocol, and bytes of JSON in the binary form.

    def pack(self, value: Any) -> Any:
        """Return a payload as the SDK wants it."""
        return json.dumps(value).encode() if self.form == "protobuf" else value

    def unpack(self, data: Any) -> Any:
        """Return a payload that came."""
        return json.loads(data) if self.form == "protobuf" and data is not None else data

    def publication_of(self, publication: Any) -> Event:
        """Return a publication as the other SDK shows it."""
        info = None if publication.info is None else self.info_of(publication.info)
        data = self.unpack(publication.data)
        return {"data": data, "offset": publication.offset, "info": info, "tags": publication.tags}

    def info_of(self, info: Any) -> Event:
        """Return what is known of a client."""
        return {
            "client": info.client,
            "user": info.user,
            "conn_info": self.unpack(info.conn_info),
            "chan_info": self.unpack(info.chan_info),
        }

    def entered_of(self, context: Any) -> Event:
        """Return what a subscription tells when it begins."""
        position = context.stream_position
        return {
            "channel": context.channel,
            "recoverable": context.recoverable,
            "was_recovering": context.was_recovering,
            "recovered": context.recovered,
            "position": position and {"offset": position.offset, "epoch": position.epoch},
            "data": self.unpack(context.data),
        }
