"""Topics: declared once, bound to parameters, published to from anywhere in the process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from realtime import History, Publication, Topic, registry, subscriber
from realtime.exceptions import (
    BlockingCallError,
    ConfigurationError,
    InvalidDataError,
    InvalidTopicError,
    NotServingError,
)
from realtime.history import Query
from realtime.testing import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


KEEP = History(size=10, ttl=60)


pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture
def room() -> Iterator[Topic]:
    """A topic with a parameter and a history."""
    topic = Topic("topics.test.{slug}", history=KEEP, can_subscribe="anyone")
    yield topic
    registry.catalog.remove(topic.pattern)


def kept(engine: registry.Engine, name: str) -> list[Any]:
    """Return what the history of a topic holds."""
    broker: Any = engine.pubsub.broker
    page = broker._store.read(name, KEEP, Query(limit=100))
    return [publication.data for publication in page.publications]


def test_bound_topic_has_the_name_that_its_parameters_make(room: Topic) -> None:
    assert room(slug="lobby").name == str(room(slug="lobby")) == "topics.test.lobby"
    assert room(slug=7).name == "topics.test.7"


@pytest.mark.parametrize("parameters", [{}, {"slag": "x"}, {"slug": "x", "more": "y"}])
def test_wrong_parameters_are_refused(room: Topic, parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidTopicError, match="takes exactly: slug"):
        room(**parameters)


@pytest.mark.parametrize("slug", ["", "a.b", "a b", "#1", "ü"])
def test_parameter_that_would_make_another_topic_is_refused(room: Topic, slug: str) -> None:
    with pytest.raises(InvalidTopicError):
        room(slug=slug)


def test_declaration_can_be_resolved_by_name(room: Topic) -> None:
    resolved = registry.catalog.resolve("topics.test.lobby")

    assert resolved is not None
    assert resolved.options is room.options
    assert resolved.parameters == {"slug": "lobby"}
    assert room.options.can_publish == "nobody"


def test_same_pattern_is_declared_once(room: Topic) -> None:
    with pytest.raises(ConfigurationError, match="is declared twice"):
        Topic("topics.test.{slug}")


@pytest.mark.parametrize("option", ["can_subscribe", "can_publish", "can_history", "can_presence"])
def test_unknown_permission_is_refused_when_it_is_declared(option: str) -> None:
    with pytest.raises(ConfigurationError, match="is no permission"):
        Topic("topics.wrong", **{option: "all"})  # type: ignore[arg-type]  # any option

    assert registry.catalog.resolve("topics.wrong") is None


def test_history_of_a_topic_that_may_drop_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ConfigurationError, match="Leave out overflow"):
        Topic("topics.wrong", history=KEEP, overflow="drop_oldest")

    assert registry.catalog.resolve("topics.wrong") is None


# Publishing


@pytest.mark.django_db(transaction=True)
def test_publish_from_sync_code_is_kept_with_its_offset(room: Topic) -> None:
    with serving() as engine:
        room(slug="lobby").publish({"n": 1})
        room(slug="lobby").publish({"n": 2})

        assert kept(engine, "topics.test.lobby") == [{"n": 1}, {"n": 2}]


@pytest.mark.django_db(transaction=True)
def test_publish_within_a_transaction_waits_for_the_commit(room: Topic) -> None:
    with serving() as engine:
        with transaction.atomic():
            room(slug="lobby").publish({"n": 1})
            assert engine.instrumentation.published == 0

        assert kept(engine, "topics.test.lobby") == [{"n": 1}]


@pytest.mark.django_db(transaction=True)
def test_publish_within_a_transaction_that_is_rolled_back_never_happened(room: Topic) -> None:
    with serving() as engine:
        with transaction.atomic():
            room(slug="lobby").publish({"n": 1})
            transaction.set_rollback(True)

        assert engine.instrumentation.published == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_is_raised_inside_of_the_transaction(room: Topic) -> None:
    with serving(), transaction.atomic(), pytest.raises(InvalidDataError, match="must be JSON"):
        room(slug="lobby").publish({"n": object()})


@pytest.mark.django_db(transaction=True)
def test_repeated_id_is_published_once(room: Topic) -> None:
    with serving() as engine:
        for _ in range(3):
            room(slug="lobby").publish({"n": 1}, id="n:1")

        assert kept(engine, "topics.test.lobby") == [{"n": 1}]
        assert engine.instrumentation.deduplicated == 2


async def test_apublish_from_a_coroutine_of_the_server(room: Topic) -> None:
    engine = await registry.attach()

    await room(slug="lobby").apublish({"n": 1}, id="n:1")
    await room(slug="lobby").apublish({"n": 1}, id="n:1")

    assert kept(engine, "topics.test.lobby") == [{"n": 1}]


async def test_apublish_from_another_loop_reaches_the_serving_one(room: Topic) -> None:
    with serving() as engine:
        await room(slug="lobby").apublish({"n": 1})

        assert kept(engine, "topics.test.lobby") == [{"n": 1}]


async def test_publish_on_the_event_loop_is_refused_with_advice(room: Topic) -> None:
    await registry.attach()

    with pytest.raises(BlockingCallError, match=r"Await apublish\(\) instead"):
        room(slug="lobby").publish({"n": 1})


@pytest.mark.django_db(transaction=True)
def test_publish_in_a_process_that_serves_nobody_is_refused_with_advice(room: Topic) -> None:
    with pytest.raises(NotServingError, match="Publish from the server's process"):
        room(slug="lobby").publish({"n": 1})


@pytest.mark.django_db(transaction=True)
def test_publish_where_nobody_serves_is_refused_before_the_transaction_is_over(
    room: Topic, django_user_model: Any
) -> None:
    @transaction.atomic
    def make() -> None:
        django_user_model.objects.create_user("ada")
        room(slug="lobby").publish({"n": 1})

    with pytest.raises(NotServingError):
        make()

    assert not django_user_model.objects.exists()


def test_publish_from_a_thread_without_a_database_opens_no_connection(room: Topic) -> None:
    opened: list[bool] = []

    def publish() -> None:
        room(slug="lobby").publish({"n": 1})
        opened.append(connection.connection is not None)

    with serving() as engine:
        thread = threading.Thread(target=publish)
        thread.start()
        thread.join()

        assert engine.instrumentation.published == 1
    assert opened == [False]


async def test_apublish_in_a_process_that_serves_nobody_is_refused(room: Topic) -> None:
    with pytest.raises(NotServingError):
        await room(slug="lobby").apublish({"n": 1})


# Server-side subscribers


async def test_subscriber_is_called_with_the_publications_of_its_pattern(
    room: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "declared_subscribers", [])
    seen: list[Publication] = []

    @subscriber("topics.test.{slug}")
    async def follow(publication: Publication) -> None:
        seen.append(publication)

    registry.reset()
    engine = await registry.attach()
    await room(slug="lobby").apublish({"n": 1})
    await engine.subscribers.drain()

    assert [(it.topic, it.data, it.offset) for it in seen] == [("topics.test.lobby", {"n": 1}, 1)]
    assert await follow(seen[0]) is None  # type: ignore[func-returns-value]  # still a function
