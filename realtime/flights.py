"""One question for all who ask it at the same time, where the answer takes a while to come.

The first asks, the others wait with it. Nothing is started for that: a broker that answers at once
costs what it did. Whoever waits may go away alone; if the one who asks does, the next one asks.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime.message import Frame

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(eq=False, slots=True)
class Flight(Generic[A]):
    """A question on its way; its answer is None if whoever asked went away.

    It can follow the topic that it is about. Once something came, the answer is only for those
    who asked before: they saw it come, the others may find it neither there nor in the answer.
    """

    answer: asyncio.Future[A | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    moved: bool = False

    def put(self, frame: Frame) -> None:
        """Note that something came."""
        self.moved = True

    def lost(self, topic: str) -> None:
        """Note that something did not come."""
        self.moved = True


@dataclass(slots=True)
class Flights(Generic[Q, A]):
    """The questions under way, at most one of a kind that may still be joined."""

    _under_way: dict[Q, Flight[A]] = field(default_factory=dict)

    async def share(self, question: Q, ask: Callable[[Flight[A]], Awaitable[A]]) -> A:
        """Return the answer of `ask`, or of whoever asks the same already; raise what that does."""
        while True:
            flight = self._under_way.get(question)
            if flight is None or flight.moved:
                return await self._lead(question, ask)
            answer = await asyncio.shield(flight.answer)
            if answer is not None:
                return answer

    def holds(self, question: Q, flight: Flight[A]) -> bool:
        """Return whether this is still the flight to join."""
        return self._under_way.get(question) is flight

    def forget(self, outdated: Callable[[Q], bool]) -> None:
        """Let nobody else wait for answers that will be outdated when they come."""
        for question in [each for each in self._under_way if outdated(each)]:
            del self._under_way[question]

    def __len__(self) -> int:
        return len(self._under_way)

    async def _lead(self, question: Q, ask: Callable[[Flight[A]], Awaitable[A]]) -> A:
        flight = self._under_way[question] = Flight()
        try:
            answer = await ask(flight)
        except Exception as error:
            flight.answer.set_exception(error)
            flight.answer.exception()  # perhaps nobody waits: then that is no news for the log
            raise
        except BaseException:  # cancelled
            flight.answer.set_result(None)
            raise
        else:
            flight.answer.set_result(answer)
            return answer
        finally:
            if self.holds(question, flight):
                del self._under_way[question]
