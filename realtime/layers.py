"""The Channels layer contract over the hub: an existing Channels app gains by one setting.

    CHANNEL_LAYERS = {"default": {"BACKEND": "realtime.layers.TopicChannelLayer"}}

A group's message is serialised once, and each member gets a reference. It reaches the channels of
its own process. It may be called from any event loop: the work is done on the one that serves.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeVar

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

from realtime import registry
from realtime.mailboxes import Mailboxes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class TopicChannelLayer(BaseChannelLayer):
    """A channel layer in memory. `expiry` and `group_expiry` are in seconds.

    A channel holds at most `capacity` messages; `channel_capacity` maps globs or compiled
    patterns of channel names to other capacities, and the first that matches counts.
    """

    extensions = ("groups", "flush")

    def __init__(
        self,
        expiry: int = 60,
        group_expiry: int = 86_400,
        capacity: int = 100,
        channel_capacity: dict[Any, int] | None = None,
    ) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        # The stub tells the type before compiling, `get_capacity` reads the one after.
        self.channel_capacity = self.compile_capacities(channel_capacity or {})  # type: ignore[assignment]
        self.group_expiry = group_expiry
        self._engine: registry.Engine | None = None
        self._mailboxes: Mailboxes | None = None

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send a message to one channel; raise `ChannelFull` if it holds `capacity` messages."""
        _require_message(message)
        self.require_valid_channel_name(channel)
        if not await self._call(lambda mailboxes: mailboxes.send(channel, message)):
            raise ChannelFull(channel)

    async def receive(self, channel: str) -> dict[str, Any]:
        """Wait for the next message of a channel."""
        self.require_valid_channel_name(channel)
        message: dict[str, Any] = await self._await(lambda boxes: boxes.receive(channel))
        return message

    async def new_channel(self, prefix: str = "specific") -> str:
        """Return a name for a channel of this process."""
        return f"{prefix.rstrip('.')}.local!{secrets.token_hex(12)}"

    async def group_add(self, group: str, channel: str) -> None:
        """Add a channel to a group, or prolong its membership."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        await self._call(lambda mailboxes: mailboxes.group_add(group, channel))

    async def group_discard(self, group: str, channel: str) -> None:
        """Remove a channel from a group."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        await self._call(lambda mailboxes: mailboxes.group_discard(group, channel))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to a group's channels; those that are full lose it, which is counted."""
        _require_message(message)
        self.require_valid_group_name(group)
        await self._call(lambda mailboxes: mailboxes.group_send(group, message))

    async def flush(self) -> None:
        """Forget all messages and groups."""
        await self._call(Mailboxes.flush)

    async def close(self) -> None:
        """Let go of everything; the layer can be used again."""
        await self.flush()

    async def _call(self, function: Callable[[Mailboxes], T]) -> T:
        async def call(mailboxes: Mailboxes) -> T:
            return function(mailboxes)

        return await self._await(call)

    async def _await(self, function: Callable[[Mailboxes], Awaitable[T]]) -> T:
        loop = registry.engine().pubsub.loop
        if loop is None or loop.is_closed() or loop is asyncio.get_running_loop():
            return await function(await self._here())

        async def there() -> T:
            return await function(await self._here())

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(), loop))

    async def _here(self) -> Mailboxes:
        engine = await registry.attach()
        if self._mailboxes is None or engine is not self._engine:
            before, self._engine = self._mailboxes, engine
            self._mailboxes = Mailboxes(
                hub=engine.hub,
                instrumentation=engine.instrumentation,
                expiry=self.expiry,
                group_expiry=self.group_expiry,
                capacity_of=self.get_capacity,
                clock=time.monotonic,
            )
            # Sync code uses the layer on one short-lived event loop after another.
            if before is not None:
                self._mailboxes.inherit(before)
        return self._mailboxes


def _require_message(message: object) -> None:
    if not isinstance(message, dict):
        raise TypeError("A channel's message is a dict. Wrap the value in one.")
