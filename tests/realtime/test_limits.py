"""What a client may do in a second: never more than its rate, and always again after a rest."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import conf
from realtime.limits import (
    KINDS,
    LEAST_PATIENCE,
    SLACK,
    Kind,
    Meter,
    Rate,
    is_full,
    kind_of,
    rates_of,
    refusal,
)
from realtime.protocol import COMMANDS

if TYPE_CHECKING:
    from realtime.limits import Verdict

RATES = st.builds(
    Rate,
    per_second=st.floats(0.01, 10_000),
    burst=st.integers(1, 40),
)
# What a monotonic clock says: the machine's uptime, here up to four months.
UPTIMES = st.floats(0, 1e7)
PAUSES = st.lists(st.just(0.0) | st.floats(0, 5), min_size=1, max_size=120)


def meter(rate: Rate, **others: Rate) -> Meter:
    return Meter({"subscribe": rate, "publish": rate, "read": rate, **others})  # type: ignore[dict-item]  # others are kinds


def take_many(one: Meter, count: int, now: float, kind: Kind = "publish") -> list[Verdict]:
    return [one.take(kind, now) for _ in range(count)]


@given(rate=RATES, start=UPTIMES)
def test_burst_is_allowed_at_once_and_no_more(rate: Rate, start: float) -> None:
    verdicts = take_many(meter(rate), rate.burst + 1, start)

    assert verdicts == ["allowed"] * rate.burst + ["refused"]


@given(rate=RATES, pauses=PAUSES)
def test_no_window_has_more_than_the_burst_and_the_rate(rate: Rate, pauses: list[float]) -> None:
    one = meter(rate)

    allowed = [now for now in accumulate(pauses) if one.take("publish", now) == "allowed"]

    for first, start in enumerate(allowed):
        for last, end in enumerate(allowed[first:], first):
            earned = rate.per_second * (end - start)
            assert last - first + 1 <= rate.burst + earned + SLACK + 1e-6 * earned


@given(rate=RATES, start=st.floats(0, 1e6), flood=st.integers(0, 200))
def test_refused_client_is_heard_after_one_interval(rate: Rate, start: float, flood: int) -> None:
    one = meter(rate)
    take_many(one, rate.burst + flood, start)

    later = start + 1 / rate.per_second
    verdicts = take_many(one, 2, later)

    assert verdicts[0] == "allowed"
    assert verdicts[1] != "allowed" or rate.burst > 1


@given(rate=RATES, start=st.floats(0, 1e6))
def test_rested_client_has_its_burst_again(rate: Rate, start: float) -> None:
    one = meter(rate)
    take_many(one, rate.burst + 3, start)

    verdicts = take_many(one, rate.burst + 1, start + (rate.burst + 1) / rate.per_second)

    assert verdicts == ["allowed"] * rate.burst + ["refused"]


@given(rate=RATES, start=UPTIMES)
def test_steady_client_at_its_rate_is_never_refused(rate: Rate, start: float) -> None:
    one = meter(rate)

    verdicts = [one.take("publish", start + n / rate.per_second) for n in range(100)]

    assert verdicts == ["allowed"] * 100


@pytest.mark.parametrize(("burst", "borne"), [(1, LEAST_PATIENCE), (10, 10), (25, 25)])
def test_client_that_never_stops_is_over_after_as_many_refusals_as_its_burst(
    burst: int, borne: int
) -> None:
    one = meter(Rate(per_second=1, burst=burst))
    take_many(one, burst, 100.0)

    verdicts = take_many(one, borne + 2, 100.0)

    assert verdicts == ["refused"] * borne + ["over"] * 2


def test_steady_flood_is_over_though_some_commands_are_allowed() -> None:
    one = meter(Rate(per_second=1, burst=1))

    verdicts = []
    for second in range(3):
        verdicts += take_many(one, 1 + LEAST_PATIENCE // 2, 100.0 + second)

    assert verdicts.count("allowed") == 3
    assert verdicts[-1] == "over"


def test_client_that_asks_for_somewhat_too_much_is_never_over() -> None:
    one = meter(Rate(per_second=1, burst=1))

    verdicts = [verdict for second in range(100) for verdict in take_many(one, 2, 100.0 + second)]

    assert verdicts == ["allowed", "refused"] * 100


def test_refusals_of_all_kinds_make_one_row() -> None:
    one = meter(Rate(per_second=1, burst=1))
    take_many(one, 1 + 6, 100.0, "publish")
    take_many(one, 1, 100.0, "read")
    assert one.refusals == 5

    verdicts = take_many(one, 6, 100.0, "read")

    assert verdicts == ["refused"] * 5 + ["over"]


def test_each_kind_has_a_rate_of_its_own() -> None:
    one = meter(Rate(per_second=1, burst=1), read=Rate(per_second=1, burst=3))

    allowed = {kind: take_many(one, 5, 100.0, kind).count("allowed") for kind in get_args(Kind)}

    assert allowed == {"subscribe": 1, "publish": 1, "read": 3}


def test_meter_keeps_one_number_for_each_kind_however_much_is_taken() -> None:
    one = meter(Rate(per_second=5, burst=3))
    size = sys.getsizeof(one)
    for number in range(1000):
        for kind in get_args(Kind):
            one.take(kind, 100.0 + number / 10)

    assert set(Meter.__slots__) == {"rates", "refusals", *get_args(Kind)}
    assert {type(getattr(one, kind)) for kind in get_args(Kind)} == {float}
    assert sys.getsizeof(one) == size


def test_every_command_is_metered() -> None:
    kinds = {name: kind_of(name) for name in COMMANDS}

    assert {name for name, kind in kinds.items() if kind == "subscribe"} == {
        *("connect", "subscribe", "unsubscribe", "refresh", "sub_refresh", "ping"),
    }
    assert set(KINDS) <= COMMANDS
    assert kind_of("rpc") == kind_of("send") == kind_of("publish") == "publish"
    assert kind_of("history") == kind_of("presence") == kind_of("presence_stats") == "read"
    assert kind_of("unknown") == "subscribe"


def test_rates_are_those_of_the_settings() -> None:
    subscribing = {"SUBSCRIBE_RATE": 1, "SUBSCRIBE_BURST": 2}
    publishing = {"PUBLISH_RATE": 3.5, "PUBLISH_BURST": 4}
    reading = {"READ_RATE": 5, "READ_BURST": 6}

    settings = conf.from_mapping(subscribing | publishing | reading)

    assert rates_of(settings) == {
        "subscribe": Rate(per_second=1, burst=2),
        "publish": Rate(per_second=3.5, burst=4),
        "read": Rate(per_second=5, burst=6),
    }


@pytest.mark.parametrize(
    ("count", "limit", "full"),
    [(0, 0, False), (10**6, 0, False), (0, 1, False), (1, 1, True), (2, 1, True), (4, 5, False)],
)
def test_place_is_full_at_its_limit_and_never_without_one(
    count: int, limit: int, *, full: bool
) -> None:
    assert is_full(count, limit) is full


@pytest.mark.parametrize(
    ("connections", "from_address", "reason"),
    [(9, 1, ""), (10, 0, "limit"), (10, 2, "limit"), (9, 2, "address_limit"), (0, 0, "")],
)
def test_newcomer_is_refused_where_all_places_or_those_of_its_address_are_taken(
    connections: int, from_address: int, reason: str
) -> None:
    settings = replace(conf.Settings(), max_connections=10, connections_per_address=2)

    assert refusal(settings, connections=connections, from_address=from_address) == reason


def test_nobody_is_refused_where_nothing_is_limited() -> None:
    assert refusal(conf.Settings(), connections=10**6, from_address=10**6) == ""
