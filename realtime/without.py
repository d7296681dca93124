"""The same rooms without an optimisation each, to measure what it gains (`GOBY["WITHOUT"]`).

The engine takes a part from here instead of the usual one where the setting names it. So what is
usual knows nothing of switches, and pays nothing for them.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from realtime.dedup import Dedup
from realtime.flusher import WRITE_ERROR, Flusher
from realtime.fragment_cache import FragmentCache
from realtime.hub import Hub
from realtime.router import Group, Router

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from django.utils.safestring import SafeString

    from realtime.conf import Settings
    from realtime.crowd import Crowd
    from realtime.fragment_cache import Order
    from realtime.message import Follower, Overflow, Publication
    from realtime.outbox import Outbox, Write


def effective(settings: Settings) -> Settings:
    """Return the settings with the numbers that switch an optimisation off."""
    if "batching" in settings.without:
        settings = replace(settings, batch_max_size=1, batch_max_wait=0.0)
    if "multiplexing" in settings.without:
        settings = replace(settings, topics_per_connection=1)
    return settings


def flusher_of(without: Collection[str]) -> type[Flusher]:
    """Return what empties the outboxes."""
    parts = {"batching": WriteEach, "shared_messages": SendForEach, "pooling": TaskForEach}
    chosen = [part for name, part in parts.items() if name in without]
    return type("Flusher", (*chosen, Flusher), {})


def hub_of(without: Collection[str]) -> type[Hub]:
    """Return what hands publications to their followers."""
    if "shared_messages" in without:
        return AskAllEncodeEach if "routing" in without else EncodeForEach
    return AskAll if "routing" in without else Hub


def dedup_of(without: Collection[str]) -> type[Dedup]:
    """Return what recognises repetitions."""
    return AllAreFirst if "deduplication" in without else Dedup


def fragments_of(without: Collection[str]) -> type[FragmentCache]:
    """Return what keeps the fragments of pages."""
    return RenderForEach if "fragment_cache" in without else FragmentCache


class SendForEach(Flusher):
    """Lets the server frame each message for each connection."""

    def _say(self, write: Write, line: bytes) -> bool:
        return False


class WriteEach(Flusher):
    """Writes one publication after the other."""

    def crowd_ready(self, crowd: Crowd) -> None:
        """Let each outbox of a crowd have what it is to have."""
        crowd.scatter()

    def _write(self, outbox: Outbox) -> bool:
        frames = outbox.take(len(outbox.frames))
        for index, frame in enumerate(frames):
            outbox.frames, outbox.size = [frame], frame.size
            if not super()._write(outbox):
                outbox.frames, outbox.size = frames[index:], sum(f.size for f in frames[index:])
                return False
        return bool(frames)


class TaskForEach(Flusher):
    """Sends by a task for each connection, which waits for what comes."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._tasks: dict[Outbox, asyncio.Task[None]] = {}
        self._signals: dict[Outbox, asyncio.Event] = {}
        self._stops = False

    def crowd_ready(self, crowd: Crowd) -> None:
        """Let each outbox of a crowd have what it is to have."""
        crowd.scatter()

    def ready(self, outbox: Outbox) -> None:
        """Wake the task of this outbox."""
        if outbox not in self._tasks:
            self._signals[outbox] = asyncio.Event()
            self._tasks[outbox] = asyncio.create_task(self._serve(outbox))
        self._signals[outbox].set()

    async def stop(self) -> None:
        """Give what waits one last flush."""
        self._stops = True
        for signal in self._signals.values():
            signal.set()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._send_timeout)

    async def _serve(self, outbox: Outbox) -> None:
        try:
            while await self._is_needed(outbox):
                async with asyncio.timeout(self._send_timeout):
                    if not self._write(outbox):
                        await self._flush(outbox)
                if self._stops:
                    break
        except TimeoutError:
            self._instrumentation.slow_closes += 1
            outbox.end(WRITE_ERROR)
        finally:
            del self._tasks[outbox], self._signals[outbox]

    async def _is_needed(self, outbox: Outbox) -> bool:
        # Nobody says that a connection is gone, so the task of one that is quiet ends.
        signal = self._signals[outbox]
        patience = asyncio.get_running_loop().call_later(self._send_timeout, signal.set)
        await signal.wait()
        patience.cancel()
        signal.clear()
        return outbox.queued


class EncodeForEach(Hub):
    """Encodes a publication for each of its followers, so that they share no frame to join."""

    def _hand_over(
        self,
        codec: str,
        followers: Group[Follower],
        publication: Publication,
        overflow: Overflow,
    ) -> None:
        for follower in followers:
            alone: Group[Follower] = Group()
            alone.add(follower)
            super()._hand_over(codec, alone, publication, overflow)


class AskAll(Hub):
    """Asks all connections whether they follow a publication's topic."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.router = ScanningRouter()


class AskAllEncodeEach(AskAll, EncodeForEach):
    """Both."""


class ScanningRouter(Router[Any]):
    """Knows of each follower what it follows, but not of a topic who follows it."""

    def __init__(self) -> None:
        super().__init__()
        self._followed: dict[Any, dict[str, str]] = {}

    def add(self, topic: str, codec: str, follower: Any) -> bool:
        """Let `follower` follow `topic`. False if it did already."""
        self._followed.setdefault(follower, {})[topic] = codec
        return super().add(topic, codec, follower)

    def remove(self, topic: str, codec: str, follower: Any) -> bool:
        """Undo `add`."""
        followed = self._followed.get(follower, {})
        followed.pop(topic, None)
        if not followed:
            self._followed.pop(follower, None)
        return super().remove(topic, codec, follower)

    def match(self, topic: str) -> Iterable[tuple[str, Group[Any]]]:
        """Return the followers of a topic, having asked all."""
        groups: dict[str, Group[Any]] = {}
        for follower, followed in self._followed.items():
            codec = followed.get(topic)
            if codec is not None:
                groups.setdefault(codec, Group()).add(follower)
        return groups.items()


class AllAreFirst(Dedup):
    """Recognises no repetition."""

    def first(self, topic: str, identity: str) -> bool:
        """Return True."""
        return True


class RenderForEach(FragmentCache):
    """Renders whatever is asked for."""

    def get_or_render(
        self, orders: Sequence[Order], *, ttl: float | None = None
    ) -> list[SafeString]:
        """Return the fragments."""
        self._checked(ttl)
        self._count(0, len(orders))
        return [self._rendered(order) for order in orders]

    async def aget_or_render(self, order: Order, *, ttl: float | None = None) -> SafeString:
        """Return one fragment."""
        self._checked(ttl)
        self._count(0, 1)
        return await self._arendered(order)
