"""Functions that are called on connect: which topics they name, and what happens if they fail."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from realtime import BoundTopic, Client, Topic, arrivals, on_connect, registry
from realtime.arrivals import topics_for
from realtime.exceptions import CommandError
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

MARKER = "what nobody may read in a log"
CLIENT = Client(id="c", socket="data", user=AnonymousUser())


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Topic]:
    """A site with a topic, on which no function is called yet."""
    monkeypatch.setattr(arrivals, "_arrivals", [])
    registry.reset()
    topic = Topic("arrivals.{name}")
    yield topic
    registry.catalog.remove(topic.pattern)
    registry.reset()


async def test_without_a_function_there_are_no_topics() -> None:
    assert await topics_for(CLIENT, None) == []


async def test_functions_name_topics_by_object_or_by_name(board: Topic) -> None:
    @on_connect
    async def first(client: Client) -> list[BoundTopic | str]:
        assert client is CLIENT
        return [board(name="a"), "arrivals.b"]

    @on_connect
    def second(client: Client) -> Iterable[str]:
        yield "arrivals.c"

    @on_connect
    def third(client: Client) -> None:
        return None

    assert await topics_for(CLIENT, None) == ["arrivals.a", "arrivals.b", "arrivals.c"]
    assert third.__name__ == "third"


async def test_function_that_wants_it_gets_what_the_client_sent() -> None:
    @on_connect
    async def boards(client: Client, data: Any) -> list[str]:
        return [f"arrivals.{name}" for name in data["boards"]]

    @on_connect
    def more(client: Client, *, data: Any = None) -> list[str]:
        return [f"arrivals.{len(data)}"]

    assert await topics_for(CLIENT, {"boards": ["x"]}) == ["arrivals.x", "arrivals.1"]


@pytest.mark.django_db(transaction=True)
async def test_sync_function_may_use_the_database_also_while_its_topics_are_gone_through() -> None:
    threads: list[threading.Thread] = []

    @on_connect
    def members(client: Client) -> Iterator[str]:
        for name in User.objects.values_list("username", flat=True):
            threads.append(threading.current_thread())
            yield f"arrivals.{name}"

    close_connections_of_the_worker_thread()
    await User.objects.acreate(username="ada")

    assert await topics_for(CLIENT, None) == ["arrivals.ada"]
    assert threads[0] is not threading.main_thread()
    close_connections_of_the_worker_thread()


def _raise(client: Client) -> list[str]:
    raise RuntimeError(MARKER)


async def _araise(client: Client) -> list[str]:
    raise RuntimeError(MARKER)


def _one(client: Client) -> Any:
    return "arrivals.a"


def _one_object(client: Client) -> Any:
    return BoundTopic("arrivals.a")


def _unknown(client: Client) -> list[str]:
    return ["no.such.topic"]


async def _generator(client: Client) -> AsyncIterator[str]:
    yield "arrivals.a"


@pytest.mark.parametrize(
    "function", [_raise, _araise, _one, _one_object, _unknown, _generator], ids=repr
)
async def test_function_that_fails_is_counted_and_the_client_may_try_again(
    function: Any, caplog: pytest.LogCaptureFixture
) -> None:
    on_connect(function)

    with pytest.raises(CommandError) as refused:
        await topics_for(CLIENT, {"sent": MARKER})

    assert (refused.value.code, refused.value.temporary) == (100, True)
    assert registry.engine().instrumentation.failures == {"on_connect": 1}
    assert "on_connect raised" in caplog.text
    assert MARKER not in caplog.text
