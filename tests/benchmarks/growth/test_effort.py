"""The meter sees what it is there for: loops, searches and copies, in Python and in C."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.growth.effort import bytes_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

FEW, MANY = 10, 10_000


class Somebody:
    """Compares in Python, as followers do in these tests."""

    def __init__(self, name: int) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return self.name


def loop(crowd: list[Somebody]) -> None:
    for _ in crowd:
        pass


def comprehension(crowd: list[Somebody]) -> None:
    [each for each in crowd if each.name < 0]


def generator(crowd: list[Somebody]) -> None:
    any(each.name < 0 for each in crowd)


def search(crowd: list[Somebody]) -> None:
    _ = Somebody(-1) in crowd


def copy(crowd: list[Somebody]) -> None:
    list(crowd)


def order(crowd: list[Somebody]) -> None:
    sorted(crowd, key=attrgetter("name"))


@pytest.mark.parametrize("scan", [loop, comprehension, generator, search])
async def test_lines_grow_with_what_is_gone_through(scan: Callable[[list[Somebody]], None]) -> None:
    few, many = [[Somebody(n) for n in range(count)] for count in (FEW, MANY)]

    async def short() -> None:
        scan(few)

    async def long() -> None:
        scan(many)

    assert await lines_of(long) - await lines_of(short) >= MANY - FEW


@pytest.mark.parametrize("scan", [copy, order])
async def test_bytes_grow_with_what_is_copied(scan: Callable[[list[Somebody]], None]) -> None:
    crowd = [Somebody(n) for n in range(MANY)]

    async def work() -> None:
        scan(crowd)

    assert await bytes_of(work) >= MANY * 8


async def test_lines_of_a_lookup_do_not_grow() -> None:
    few, many = [{f"{n}": Somebody(n) for n in range(count)} for count in (FEW, MANY)]

    async def short() -> None:
        few.get("5")

    async def long() -> None:
        many.get("5")

    assert await lines_of(short) == await lines_of(long)
