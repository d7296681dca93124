"""Whether there is a place: by number, by address and by memory, told of now and then."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

import pytest

from realtime.capacity import LOG_INTERVAL, MEGABYTE, READING_INTERVAL, Capacity
from realtime.conf import Settings


@dataclass
class House:
    """A capacity whose memory and time the test moves."""

    limit: int = 100
    max_connections: int = 0
    used: float = 10  # megabytes
    now: float = 1000.0
    garbage: float = 0  # megabytes, part of those used
    readings: int = 0
    collections: int = 0
    capacity: Capacity = field(init=False)

    def __post_init__(self) -> None:
        settings = replace(
            Settings(),
            max_memory_mb=self.limit,
            max_connections=self.max_connections,
            connections_per_address=3,
        )
        self.capacity = Capacity(
            settings=settings, read=self._read, collect=self._collect, clock=lambda: self.now
        )

    def knock(self, connections: int, *, after: float = READING_INTERVAL) -> str:
        """Ask for a place after some seconds."""
        self.now += after
        return self.capacity.refusal(connections=connections, from_address=0)

    def _read(self) -> int:
        self.readings += 1
        return round(self.used * MEGABYTE)

    def _collect(self) -> None:
        self.collections += 1
        self.used -= self.garbage
        self.garbage = 0


@pytest.fixture
def house() -> House:
    """A house with much memory left."""
    return House()


def test_place_is_there_below_the_limit(house: House) -> None:
    house.used = 99.9

    assert house.knock(10**6) == ""


def test_nobody_comes_in_at_the_limit(house: House) -> None:
    house.used = 100

    assert house.knock(0) == house.knock(1) == "memory"


def test_who_leaves_while_memory_is_short_makes_room_for_one(house: House) -> None:
    house.used = 120
    assert house.knock(50) == "memory"

    house.used = 130
    assert house.knock(49) == ""
    assert house.knock(50) == "memory"


def test_limit_is_lifted_when_a_tenth_is_free_and_not_before(house: House) -> None:
    house.used = 100
    house.knock(50)

    for used, reason in [(99, "memory"), (90, "memory"), (89.9, ""), (99.9, ""), (100, "memory")]:
        house.used = used
        assert house.knock(60) == reason


def test_garbage_is_collected_before_anybody_is_refused(house: House) -> None:
    house.used, house.garbage = 120, 21

    assert house.knock(50) == ""
    assert (house.collections, house.readings) == (1, 2)


def test_garbage_is_collected_again_when_memory_has_grown(house: House) -> None:
    collections = []

    for used in (100, 100, 104, 105.1, 110, 110.4, 100):
        house.used = used
        house.knock(50)
        collections.append(house.collections)

    assert collections == [1, 1, 1, 2, 2, 3, 3]


def test_garbage_is_collected_at_each_time_that_the_limit_is_reached(house: House) -> None:
    for used in (100, 89, 100):
        house.used = used
        house.knock(50)

    assert house.collections == 2


def test_nothing_is_collected_while_memory_is_left(house: House) -> None:
    house.used = 99

    assert house.knock(50) == ""
    assert house.collections == 0


def test_memory_is_read_once_a_second_at_most(house: House) -> None:
    for _ in range(100):
        house.knock(0, after=READING_INTERVAL / 50)

    assert house.readings == 2


def test_memory_without_a_limit_is_not_read() -> None:
    house = House(limit=0)
    house.used = 10**6

    assert house.knock(10**6) == ""
    assert house.readings == 0


def test_full_house_is_refused_by_number_before_memory_is_read() -> None:
    house = House(max_connections=5)
    house.used = 100

    assert house.knock(5) == "limit"
    assert house.capacity.refusal(connections=4, from_address=3) == "address_limit"
    assert house.readings == 0
    assert house.knock(4) == "memory"


def test_refusals_are_told_once_in_a_while_with_their_number(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.used = 100

    with caplog.at_level(logging.WARNING, "realtime"):
        for _ in range(10):
            house.knock(50, after=0)
        house.knock(50, after=LOG_INTERVAL)

    since = "Connections refused since this was last said"
    assert caplog.messages == [
        f"No place: MAX_MEMORY_MB is 100. {since}: 1.",
        f"No place: MAX_MEMORY_MB is 100. {since}: 10.",
    ]


def test_each_reason_is_told_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    house = House(max_connections=5)

    with caplog.at_level(logging.WARNING, "realtime"):
        house.knock(5)
        house.capacity.refusal(connections=0, from_address=3)

    told = [message.partition(" Conn")[0] for message in caplog.messages]
    assert told == ["No place: MAX_CONNECTIONS is 5.", "No place: CONNECTIONS_PER_ADDRESS is 3."]


def test_who_is_let_in_is_not_told_of(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.knock(5)

    assert caplog.messages == []
