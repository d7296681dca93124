"""A program that chats over the Data socket by the official SDK."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import centrifuge  # type: ignore[import-untyped]  # it has annotations, but does not say so

PATIENCE = 5.0  # seconds


class Program:
    """A client without an account, and what it heard."""

    def __init__(self, address: str) -> None:
        self._client = centrifuge.Client(address, proxy=None)
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self._client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()

    async def say(self, text: str, *, room: str) -> None:
        """Post a message."""
        await self._client.rpc("chat.send", {"room": room, "text": text})

    async def follow(self, room: str) -> None:
        """Hear what is said in a room, from now on."""
        ear = _Ear(self._heard)
        subscription = self._client.new_subscription(f"chat.room.{room}", events=ear)
        await subscription.subscribe()
        async with asyncio.timeout(PATIENCE):
            await ear.listens.wait()

    async def hears(self) -> dict[str, Any]:
        """Return the next message that it hears."""
        async with asyncio.timeout(PATIENCE):
            return await self._heard.get()


class _Ear(centrifuge.SubscriptionEventHandler):  # type: ignore[misc]  # as above
    def __init__(self, heard: asyncio.Queue[dict[str, Any]]) -> None:
        self._heard = heard
        self.listens = asyncio.Event()

    async def on_subscribed(self, ctx: Any) -> None:
        self.listens.set()

    async def on_publication(self, ctx: Any) -> None:
        self._heard.put_nowait(ctx.pub.data)
