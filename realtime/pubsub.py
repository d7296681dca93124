"""Publish, from wherever the code runs: a coroutine, a view, a thread, an action.

Here a publication is checked, encoded and deduplicated, once, before the broker sees it. What is
wrong is refused in the call that was wrong. The sync and the async form share all of that; they
differ only in how they wait for the event loop that serves the sockets.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import orjson

from realtime.exceptions import (
    BlockingCallError,
    InvalidDataError,
    InvalidTopicError,
    NotServingError,
)
from realtime.message import ClientInfo, Draft, Position
from realtime.router import validate_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from realtime.brokers.base import Broker
    from realtime.catalog import Catalog
    from realtime.dedup import Dedup
    from realtime.hub import Hub
    from realtime.instrumentation import Instrumentation

# How long a thread waits for the event loop. Longer means that the loop is stuck.
PUBLISH_TIMEOUT = 10.0

P = ParamSpec("P")
R = TypeVar("R")


class PubSub:
    """The publish room. `start` binds it to the running event loop."""

    def __init__(
        self,
        *,
        broker: Broker,
        hub: Hub,
        catalog: Catalog,
        dedup: Dedup,
        instrumentation: Instrumentation,
        max_size: int,
    ) -> None:
        self.broker = broker
        self._hub = hub
        self._catalog = catalog
        self._dedup = dedup
        self._instrumentation = instrumentation
        self._max_size = max_size
        # Publications with an id that a broker is still busy with, by topic and id.
        self._under_way: dict[tuple[str, str], asyncio.Task[Position]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Serve on the running event loop."""
        self._loop = asyncio.get_running_loop()
        await self.broker.start(self._hub.dispatch)

    async def stop(self) -> None:
        """Accept no more publications."""
        self._loop = None
        await self.broker.stop()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that serves, or None."""
        return self._loop

    def draft(
        self,
        topic: str,
        data: Any,
        *,
        id: str = "",
        info: ClientInfo | None = None,
        tags: Mapping[str, str] | None = None,
        skip_history: bool = False,
    ) -> Draft:
        """Check and encode what is to be published; safe in any thread.

        Raises `InvalidTopicError` for a name that no app declared, and `InvalidDataError` for data
        that is no JSON, or with its tags larger than `MESSAGE_MAX_SIZE`.
        """
        if self._catalog.resolve(validate_topic(topic)) is None:
            raise InvalidTopicError(
                f'No app declares the topic "{topic}". Declare it in a topics.py.'
            )
        try:
            # A copy: orjson's own bytes keep the 4 KB that it wrote into, for as long as they live.
            json = bytes(memoryview(orjson.dumps(data)))
        except TypeError:
            raise InvalidDataError(
                "A publication's data must be JSON, at most 254 levels deep. Publish dicts, lists, "
                "strings, numbers, booleans, dates or None."
            ) from None
        size = len(json) + (len(orjson.dumps(tags)) if tags else 0)
        if size > self._max_size:
            raise InvalidDataError(
                f"A publication has at most {self._max_size} bytes, this one has {size}. "
                "Publish a reference and let the client fetch the rest."
            )
        return Draft(
            topic=topic,
            data=orjson.loads(json),  # our own: the caller may go on changing what it passed
            json=json,
            id=id,
            info=info,
            published_at=time.time(),
            tags=tags,
            skip_history=skip_history,
        )

    async def apublish(self, draft: Draft) -> Position | None:
        """Publish on the serving loop, and return the position.

        For a repeated id that is the position of the first, which may still be on its way; what
        goes wrong with that is raised here, too.
        """
        return await self.on_loop(self._publish, draft)

    async def on_loop(
        self, function: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Await the function on the loop that serves, whatever loop this is."""
        loop = self.serving_loop()
        if asyncio.get_running_loop() is loop:
            return await function(*args, **kwargs)
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(function(*args, **kwargs), loop)
        )

    def publish(self, draft: Draft) -> Position | None:
        """Publish from a thread without an event loop, and wait until it is handed over."""
        refuse_on_event_loop("publish")
        return self.from_thread(self._publish, draft)

    def from_thread(
        self, function: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function on the loop that serves, and wait for it in this thread.

        Raises `NotServingError` where no event loop serves, or where it is stuck.
        """
        loop = self.serving_loop()
        future = asyncio.run_coroutine_threadsafe(function(*args, **kwargs), loop)
        try:
            return future.result(PUBLISH_TIMEOUT)
        except TimeoutError:
            raise NotServingError(
                f"The event loop did not take this publication within {PUBLISH_TIMEOUT:g} seconds; "
                "it does when it is free again. Find what blocks it: a sync call in a coroutine, "
                "or a thread that it waits for."
            ) from None

    def serving_loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop that serves; raise `NotServingError` if there is none."""
        if self._loop is None or self._loop.is_closed():
            raise NotServingError(
                "This process serves no sockets, and the memory broker reaches only its own "
                "process: nobody is here to get a publication. Publish from the server's "
                "process: a view, an action, or a thread of it. From any other process, send it "
                "to the server's HTTP API: POST /api/publish with one of GOBY's API_KEYS."
            )
        return self._loop

    async def _publish(self, draft: Draft) -> Position | None:
        if not draft.id:
            return await self._hand_over(draft)
        under_way = self._under_way.get((draft.topic, draft.id))
        if under_way is None and self._dedup.first(draft.topic, draft.id):
            return await (self._shielded(draft) if self.broker.suspends else self._once(draft))
        self._instrumentation.deduplicated += 1
        if under_way is not None:
            return await asyncio.shield(under_way)
        return self._dedup.position(draft.topic, draft.id)

    async def _shielded(self, draft: Draft) -> Position:
        # Whoever goes away meanwhile does not know whether it was published, and may ask again.
        key = (draft.topic, draft.id)
        task = self._under_way[key] = asyncio.ensure_future(self._once(draft))
        task.add_done_callback(lambda _done: self._under_way.pop(key))
        return await asyncio.shield(task)

    async def _once(self, draft: Draft) -> Position:
        try:
            position = await self._hand_over(draft)
        except Exception:
            self._dedup.forget(draft.topic, draft.id)
            raise
        self._dedup.note(draft.topic, draft.id, position)
        return position

    async def _hand_over(self, draft: Draft) -> Position:
        history = None
        resolved = self._catalog.resolve(draft.topic)
        if resolved is not None and not draft.skip_history:
            history = resolved.options.history
        position = await self.broker.publish(draft, history)
        self._instrumentation.published += 1
        return position


def refuse_on_event_loop(name: str) -> None:
    """Raise `BlockingCallError`, which names the function, if this thread runs an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise BlockingCallError(
        f"{name}() would block the event loop it is called on. Await a{name}() instead."
    )
