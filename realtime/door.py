"""Those who wait to be recognised, loaded together: a visit to the database for many of them.

A site whose clients all come back at once opens one connection for many of them, instead of
hopping to a thread and opening one for each.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

K = TypeVar("K")
V = TypeVar("V")

# Enough to make opening a database connection cheap, few enough to answer the first soon.
LARGEST_VISIT = 50


class Door(Generic[K, V]):
    """Where they wait, in the order in which they came.

    `load` returns what there is for a key, in a thread. What it raises is for that key alone: it
    may hold what the database cannot take. Only a database that is away fails the whole visit.
    """

    def __init__(self, load: Callable[[K], V]) -> None:
        self._load = load
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V:
        """Return what there is for a key; raise what is wrong with it, or with its visit."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.get_loop() is not loop:
            self._waiting = []
            self._task = loop.create_task(self._work())
        future: asyncio.Future[V] = loop.create_future()
        self._waiting.append((key, future))
        return await future

    async def _work(self) -> None:
        await asyncio.sleep(0)  # let those join who came in the same turn
        while self._waiting:
            visit = self._waiting[:LARGEST_VISIT]
            self._waiting = self._waiting[LARGEST_VISIT:]
            await self._answer(visit)
        self._task = None

    async def _answer(self, visit: Sequence[tuple[K, asyncio.Future[V]]]) -> None:
        try:
            found = await database_sync_to_async(self._load_all)([key for key, _ in visit])
        except Exception as error:  # noqa: BLE001 - each one's handshake fails with it
            for _, future in visit:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), value in zip(visit, found, strict=True):
            if future.done():  # a client that went away meanwhile has cancelled its own
                continue
            if isinstance(value, Exception):
                future.set_exception(value)
            else:
                future.set_result(value)

    def _load_all(self, keys: Sequence[K]) -> list[V | Exception]:
        found: list[V | Exception] = []
        for key in keys:
            try:
                found.append(self._load(key))
            except (InterfaceError, OperationalError):
                raise
            except Exception as error:  # noqa: BLE001 - of this key alone
                found.append(error)
        return found
