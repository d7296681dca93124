"""A right that ended: no connection of the user follows the topic any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from realtime import Topic, registry
from realtime.connections import Connection
from realtime.exceptions import BlockingCallError, NotServingError
from realtime.outbox import Ending
from realtime.terms import NO_TERMS
from realtime.testing import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime.terms import Terms

NAME = "unsubscribe.test.lobby"


pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture
def room() -> Iterator[Topic]:
    """A topic with a parameter."""
    topic = Topic("unsubscribe.test.{slug}", can_subscribe="anyone")
    yield topic
    registry.catalog.remove(topic.pattern)


class Host:
    """What serves a connection, and remembers what it is told."""

    session = ""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, str]] = []

    async def subscribe(self, topic: str, terms: Terms = NO_TERMS) -> None:
        raise NotImplementedError

    def end_at(self, expires_at: int) -> None:
        raise NotImplementedError

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        self.told.append((topic, code, reason))


async def connect(user: str, *topics: str, host: Host | None) -> None:
    """Enter a connection that follows topics."""
    outbox: Any = None
    followed: Any = dict.fromkeys(topics)
    connection = Connection(
        id=f"{user}-{len(registry.engine().connections)}",
        socket="data",
        user=user,
        session="",
        outbox=outbox,
        farewell=lambda code, reason: None,
        revocation=Ending(4401, ""),
        topics=followed,
        host=host,
    )
    registry.engine().connections.add(connection)


def test_all_connections_of_the_user_and_no_others(room: Topic) -> None:
    one, two, other = Host(), Host(), Host()
    with serving() as engine:
        for user, topic, host in (
            ("42", NAME, one),
            ("42", NAME, two),
            ("43", NAME, other),
            ("42", NAME, None),  # it is just being served
        ):
            engine.pubsub.from_thread(connect, user, topic, host=host)

        room(slug="lobby").unsubscribe(42)
        room(slug="lobby").unsubscribe(44)

    assert one.told == two.told == [(NAME, 2000, "permission denied")]
    assert other.told == []


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_it_waits_for_the_commit(room: Topic) -> None:
    host = Host()
    with serving() as engine:
        engine.pubsub.from_thread(connect, "42", NAME, host=host)
        with transaction.atomic():
            room(slug="lobby").unsubscribe("42")
            assert host.told == []
        assert len(host.told) == 1
        with transaction.atomic():
            room(slug="lobby").unsubscribe("42")
            transaction.set_rollback(True)
        assert len(host.told) == 1


async def test_from_a_coroutine_at_once(room: Topic) -> None:
    host = Host()
    with serving() as engine:
        await engine.pubsub.on_loop(connect, "42", NAME, host=host)
        await room(slug="lobby").aunsubscribe(42)
    assert len(host.told) == 1


async def test_on_the_event_loop_it_is_refused_with_advice(room: Topic) -> None:
    with pytest.raises(BlockingCallError, match=r"Await aunsubscribe\(\) instead"):
        room(slug="lobby").unsubscribe(42)


def test_where_no_sockets_are_served_it_is_refused(room: Topic) -> None:
    with pytest.raises(NotServingError):
        room(slug="lobby").unsubscribe(42)
