"""When people were last seen: gathered, bounded, written in one statement."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from presence import desk, seen
from presence.models import LastSeen
from presence.rooms import SITE
from tests.presence.conftest import id_of

if TYPE_CHECKING:
    from tests.presence.conftest import House

NOW = timezone.now()


@pytest.fixture
def sightings() -> seen.Sightings:
    return seen.Sightings(limit=2, dropped=Counter())


def test_each_user_waits_once_with_the_latest_time(sightings: seen.Sightings) -> None:
    sightings.note("1")
    first = sightings.take()["1"]
    sightings.note("1")
    sightings.note("1")

    assert len(sightings) == 1
    assert sightings.take()["1"] >= first
    assert sightings.take() == {}


def test_more_users_than_may_wait_are_dropped_and_counted(sightings: seen.Sightings) -> None:
    for user in ("1", "2", "3", "1"):
        sightings.note(user)

    assert set(sightings.take()) == {"1", "2"}
    assert sightings.dropped == {"last_seen": 1}


def test_what_is_put_back_is_older_than_what_waits(sightings: seen.Sightings) -> None:
    sightings.note("1")
    sightings.put_back({"1": NOW - timedelta(days=1), "2": NOW})

    times = sightings.take()

    assert times["1"] >= NOW
    assert times["2"] == NOW


@pytest.mark.django_db
def test_all_are_written_in_a_fixed_number_of_queries() -> None:
    users = [User.objects.create(username=f"user{number}") for number in range(20)]
    seen.write({str(users[0].pk): NOW - timedelta(days=1)})

    with CaptureQueriesContext(connection) as queries:
        seen.write({str(user.pk): NOW for user in users})

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 2
    assert LastSeen.objects.filter(at=NOW).count() == 20


@pytest.mark.django_db
def test_whom_the_database_does_not_know_is_left_out() -> None:
    ann = User.objects.create(username="ann")

    seen.write({str(ann.pk): NOW, "999999": NOW, "no number": NOW})

    assert [row.user_id for row in LastSeen.objects.all()] == [ann.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["9" * 30, "1_0", "010", " 10", "-10", "\x00", "9" * 5_000])
def test_token_that_names_somebody_oddly_is_nobody_and_stops_nobody(name: str) -> None:
    User.objects.create(username="ann", pk=10)
    bob = User.objects.create(username="bob")

    seen.write({name: NOW, str(bob.pk): NOW})

    assert [row.user_id for row in LastSeen.objects.all()] == [bob.pk]


@pytest.mark.django_db
def test_very_many_are_written_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "BATCH", 2)
    users = [User.objects.create(username=f"user{number}") for number in range(5)]

    with CaptureQueriesContext(connection) as queries:
        seen.write({str(user.pk): NOW for user in users})

    assert len([query for query in queries if "INSERT" in query["sql"]]) == 3
    assert LastSeen.objects.filter(at=NOW).count() == 5


@pytest.mark.django_db
def test_who_is_deleted_is_forgotten() -> None:
    ann = User.objects.create(username="ann")
    seen.write({str(ann.pk): NOW})
    assert str(LastSeen.objects.get()).startswith("ann at 2")

    ann.delete()

    assert not LastSeen.objects.exists()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Who was written down, each time; not in a thread, which would stop the clock of the test."""
    calls: list[set[str]] = []

    async def write(times: seen.Times) -> None:
        calls.append(set(times))

    monkeypatch.setattr(desk, "database_sync_to_async", lambda _: write)
    return calls


async def test_who_comes_and_goes_is_written_once_in_an_interval(
    house: House, written: list[set[str]]
) -> None:
    ann = await house.program("ann", SITE)
    await house.program("bob", SITE)
    await house.program("", SITE)
    await ann.disconnect()
    await asyncio.sleep(59)
    assert written == []

    await asyncio.sleep(2)

    assert written == [{id_of("ann"), id_of("bob")}]
    await asyncio.sleep(300)
    assert len(written) == 1


async def test_what_waits_is_written_when_the_server_stops(
    house: House, written: list[set[str]]
) -> None:
    await house.program("ann", SITE)

    await desk.settle()
    await desk.settle()

    assert written == [{id_of("ann")}]


async def test_what_still_waits_is_written_when_the_process_ends(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[set[str]] = []
    monkeypatch.setattr(seen, "write", lambda times: calls.append(set(times)))
    await house.program("ann", SITE)

    desk.settle_at_exit()
    desk.settle_at_exit()

    assert calls == [{id_of("ann")}, set()]


async def test_what_cannot_be_written_when_the_process_ends_is_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "write", Mock(side_effect=OSError))
    await house.program("ann", SITE)

    desk.settle_at_exit()

    assert house.engine.instrumentation.failures["last seen"] == 1


async def test_what_could_not_be_written_is_written_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[set[str]] = []

    async def write(times: seen.Times) -> None:
        calls.append(set(times))
        if len(calls) == 1:
            raise OSError

    monkeypatch.setattr(desk, "database_sync_to_async", lambda _: write)
    await house.program("ann", SITE)
    await asyncio.sleep(125)

    assert calls == [{id_of("ann")}] * 2
    assert house.engine.instrumentation.failures["last seen"] == 1
