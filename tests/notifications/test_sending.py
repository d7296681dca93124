"""Notifying: stored for who wants it, in the transaction of the cause, at the cost of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import notifications
from notifications import anotify, batches, notify, pruning, sending
from notifications.models import Notification
from notifications.preferences import prefer
from realtime.exceptions import ConfigurationError
from realtime.testing import serving
from tests.notifications.conftest import KIND, UNWANTED, announce, store

if TYPE_CHECKING:
    from tests.notifications.conftest import Published


def test_notification_is_stored_then_published_with_the_count(
    mira: User, jonas: User, published: list[Published]
) -> None:
    store(mira)
    [announcement] = announce()

    [made] = notify(
        mira, kind=KIND, verb="waved at you in", target="Lobby", url="/rooms/lobby/", actor=jonas
    )

    assert Notification.objects.get(pk=made.pk).recipient == mira
    [publication] = published
    assert publication.topic == f"notifications#{mira.pk}"
    assert publication.id == f"notification:{made.pk}"
    assert publication.data == {
        "event": "notification",
        "id": made.pk,
        "kind": KIND,
        "actor": "jonas",
        "verb": "waved at you in",
        "target": "Lobby",
        "url": "/rooms/lobby/",
        "created_at": made.created_at.isoformat(timespec="milliseconds"),
        "read": False,
        "unread": 3,
        "announced": announcement.pk,
        "seen": 0,
    }


def test_notification_of_the_site_itself_has_no_actor(
    mira: User, published: list[Published]
) -> None:
    notify([mira], kind=KIND, verb="your room was approved")

    assert published[0].data["actor"] == ""


def test_nobody_is_notified_of_what_they_did_themselves(
    mira: User, jonas: User, published: list[Published]
) -> None:
    made = notify([mira, jonas], kind=KIND, verb="waved", actor=mira)

    assert [each.recipient for each in made] == [jonas]
    assert notify(mira, kind=KIND, verb="waved", actor=mira) == []
    assert len(published) == 1


def test_nobody_is_notified_of_what_they_do_not_want(
    mira: User, jonas: User, published: list[Published]
) -> None:
    prefer(mira, kind=KIND, enabled=False)

    made = notify([mira, jonas], kind=KIND, verb="waved")

    assert [each.recipient for each in made] == [jonas]
    assert notify([mira, jonas], kind=UNWANTED, verb="poked you") == []
    assert [each.topic for each in published] == [f"notifications#{jonas.pk}"]


def test_somebody_who_is_named_twice_is_notified_once(
    mira: User, published: list[Published]
) -> None:
    again: Any = User.objects.filter(pk__in=[mira.pk])
    nobody: Any = AnonymousUser()

    assert len(notify([mira, mira, *again, nobody], kind=KIND, verb="waved")) == 1
    assert len(notify(again, kind=KIND, verb="waved")) == 1
    assert notify([], kind=KIND, verb="waved") == []
    assert len(published) == 2


@pytest.mark.django_db
def test_many_cost_one_insert_and_as_many_queries_as_one(published: list[Published]) -> None:
    people = User.objects.bulk_create(User(username=f"person-{n}") for n in range(100))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        notify(people, kind=KIND, verb="waved")

    statements = [query["sql"] for query in queries]
    assert len([sql for sql in statements if sql.startswith("INSERT")]) == 1
    # What they want, the insert, who has too many, and how much they have not read.
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 4
    assert len(published) == 100


@pytest.mark.django_db
def test_very_many_go_in_batches(
    published: list[Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    people = User.objects.bulk_create(User(username=f"person-{n}") for n in range(5))

    assert len(notify(people, kind=KIND, verb="waved")) == 5
    assert len(published) == 5


def test_who_has_too_many_loses_the_oldest(
    mira: User, published: list[Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "KEPT", 3)
    monkeypatch.setattr(pruning, "LEFT", 2)
    store(mira, 3)

    [made] = notify(mira, kind=KIND, verb="waved")

    assert Notification.objects.count() == 2
    assert Notification.objects.filter(pk=made.pk).exists()
    assert published[0].data["unread"] == 2


def test_text_is_bounded_and_freed_of_what_no_database_stores(
    mira: User, published: list[Published]
) -> None:
    [made] = notify(
        mira, kind=KIND, verb="  said\x00 " + "v" * 200, target="a\nb\ud83d" + "t" * 300
    )

    assert len(made.verb) == 120
    assert made.verb.startswith("said vvv")
    assert len(made.target) == 200
    assert made.target.startswith("a b ttt")
    assert made.target.endswith("t…")
    made.refresh_from_db()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "testing.nothing"}, 'Declare it with Kind("testing.nothing"'),
        ({"verb": " \n"}, "needs a verb"),
        ({"url": "javascript:alert(1)"}, "Write a path of this site"),
    ],
)
def test_what_is_wrong_is_refused_where_it_was_written(
    mira: User, published: list[Published], wrong: dict[str, Any], sentence: str
) -> None:
    arguments: dict[str, Any] = {"kind": KIND, "verb": "waved", **wrong}

    with pytest.raises(ConfigurationError, match=r".*") as refusal:
        notify(mira, **arguments)

    assert sentence in str(refusal.value)
    assert not Notification.objects.exists()
    assert not published


@pytest.mark.django_db(transaction=True)
def test_rollback_leaves_nothing_and_tells_nobody() -> None:
    mira = User.objects.create_user("mira")
    with serving() as engine:
        with transaction.atomic():
            notify(mira, kind=KIND, verb="waved")
            transaction.set_rollback(True)

        assert not Notification.objects.exists()
        assert engine.instrumentation.published == 0


@pytest.mark.django_db(transaction=True)
def test_notification_is_delivered_after_the_commit_and_not_before() -> None:
    mira = User.objects.create_user("mira")
    with serving() as engine:
        with transaction.atomic():
            notify(mira, kind=KIND, verb="waved")
            assert engine.instrumentation.published == 0
        assert engine.instrumentation.published == 1


@pytest.mark.django_db(transaction=True)
async def test_coroutine_notifies_as_well(published: list[Published]) -> None:
    mira = await User.objects.acreate(username="mira")

    [made] = await anotify(mira, kind=KIND, verb="waved")

    assert await Notification.objects.aget() == made
    assert len(published) == 1


def test_public_names_are_those_of_their_homes() -> None:
    assert notifications.__all__ == sorted(notifications._HOMES)
    assert notifications.notify is sending.notify
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        notifications.nothing  # noqa: B018 - asking is the test
