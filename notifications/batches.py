"""So many people at once: what a query and its answer take up has a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH = 500

Item = TypeVar("Item")


def in_batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Return the items in their order, at most `BATCH` at once."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
