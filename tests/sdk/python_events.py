"""What clients of the official Python SDK tell, in the words of all SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so

if TYPE_CHECKING:
    from tests.sdk.python_host import Client


class ClientEvents(centrifuge.ClientEventHandler):  # type: ignore[misc]  # as above
    """Tells what happens to a client, and on topics for which the server asked."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.tell = client.tell

    async def on_connecting(self, ctx: Any) -> None:
        self.tell({"event": "connecting", "code": ctx.code, "reason": ctx.reason})

    async def on_connected(self, ctx: Any) -> None:
        data = self.client.unpack(ctx.data)
        self.tell({"event": "connected", "client": ctx.client, "data": data})

    async def on_disconnected(self, ctx: Any) -> None:
        self.tell({"event": "disconnected", "code": ctx.code, "reason": ctx.reason})

    async def on_error(self, ctx: Any) -> None:
        self.tell({"event": "error", "code": ctx.code, "message": str(ctx.error)})

    async def on_subscribed(self, ctx: Any) -> None:
        self.tell({"event": "given", **self.client.entered_of(ctx)})

    async def on_unsubscribed(self, ctx: Any) -> None:
        self.tell({"event": "taken", "channel": ctx.channel})

    async def on_publication(self, ctx: Any) -> None:
        publication = self.client.publication_of(ctx.pub)
        self.tell({"event": "publication", "channel": ctx.channel, **publication})

    async def on_join(self, ctx: Any) -> None:
        info = self.client.info_of(ctx.info)
        self.tell({"event": "join", "channel": ctx.channel, "info": info})

    async def on_leave(self, ctx: Any) -> None:
        info = self.client.info_of(ctx.info)
        self.tell({"event": "leave", "channel": ctx.channel, "info": info})


class SubscriptionEvents(centrifuge.SubscriptionEventHandler):  # type: ignore[misc]  # as above
    """Tells what happens on a topic that the client asked for."""

    def __init__(self, client: Client, channel: str) -> None:
        self.client = client
        self.channel = channel

    def tell(self, event: str, **details: Any) -> None:
        """Tell it with the topic's name."""
        self.client.tell({"event": event, "channel": self.channel, **details})

    async def on_subscribing(self, ctx: Any) -> None:
        self.tell("subscribing", code=ctx.code, reason=ctx.reason)

    async def on_subscribed(self, ctx: Any) -> None:
        self.tell("subscribed", **self.client.entered_of(ctx))

    async def on_unsubscribed(self, ctx: Any) -> None:
        self.tell("unsubscribed", code=ctx.code, reason=ctx.reason)

    async def on_publication(self, ctx: Any) -> None:
        patched = self.client.patched
        patched[self.channel] = patched.get(self.channel, 0) + ctx.pub.delta
        self.tell("publication", **self.client.publication_of(ctx.pub))

    async def on_join(self, ctx: Any) -> None:
        self.tell("join", info=self.client.info_of(ctx.info))

    async def on_leave(self, ctx: Any) -> None:
        self.tell("leave", info=self.client.info_of(ctx.info))

    async def on_error(self, ctx: Any) -> None:
        self.client.tell({"event": "error", "code": ctx.code, "message": str(ctx.error)})
