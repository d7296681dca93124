"""What a broker promises. Local delivery is never its job: that is the hub's.

Guarantees that every broker gives:

- Order: publications of one topic reach `on_publication` in the order of their offsets.
- At most once: a publication reaches the `on_publication` of each process once or not at all.
- History: a publication with an offset is in the history before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from realtime.message import Draft, Position, Publication

if TYPE_CHECKING:
    from realtime.history import History, Page, Query

OnPublication = Callable[[Publication], None]


class Broker(Protocol):
    """Carries publications. All methods but `start` are called on the loop that started it.

    `suspends` says whether `publish` may wait for something, and so may be cancelled meanwhile.
    """

    suspends: bool

    async def start(self, on_publication: OnPublication) -> None:
        """Begin to call `on_publication` for each publication, on the running event loop."""
        ...

    async def stop(self) -> None:
        """Call `on_publication` no more. What was accepted before is in the history."""
        ...

    async def publish(self, draft: Draft, history: History | None) -> Position:
        """Give the draft its offset, keep it as `history` says, and carry it to all processes.

        Returns the publication's position; offset 0 where `history` is None.
        """
        ...

    async def read(self, topic: str, history: History, query: Query) -> Page:
        """Return the part of the topic's history that is asked for, and its latest position."""
        ...

    async def position_before(self, topic: str, history: History, ago: float) -> Position:
        """Return the position that the topic had `ago` seconds ago, or an earlier one."""
        ...

    async def remove(self, topic: str) -> None:
        """Forget the topic's publications; its offsets go on."""
        ...
