"""Topics of which clients get only what changed: a text first, then patches, in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from goby_project.asgi import application
from realtime import History, Topic, registry
from tests.realtime.codecs.patches import TABLE, Document
from tests.realtime.commands.following import KEPT, follow, publish_all, return_to
from tests.wire import DataWire, disconnect_push, opened, publish
from tests.wire_protobuf import QueryWire, binary_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.wire import OpenData

CHANGING = "wire.changing.prices"


@pytest.fixture(autouse=True)
def _changing() -> Iterator[None]:
    """A topic with patches, which keeps five publications."""
    topic = Topic(
        "wire.changing.{name}",
        history=History(size=5, ttl=60),
        can_subscribe="anyone",
        can_publish="anyone",
        can_history="anyone",
        delta=True,
        presence=True,
        join_leave=True,
    )
    yield
    registry.catalog.remove(topic.pattern)


def table(price: float) -> list[dict[str, Any]]:
    """Return a document of which little changes."""
    return [*TABLE[:-1], {**TABLE[-1], "price": price}]


async def publish_tables(*prices: float) -> None:
    for price in prices:
        await publish(CHANGING, table(price))


async def publish_unkept(price: float) -> None:
    pubsub = registry.engine().pubsub
    await pubsub.apublish(pubsub.draft(CHANGING, table(price), skip_history=True))


async def read(wire: DataWire, document: Document, price: float) -> bool:
    """Take the next publication, which must be this one; tell whether it came as a patch."""
    pub = (await wire.push())["pub"]
    document.take(pub)
    assert orjson.loads(document.text) == table(price)
    return "delta" in pub


async def test_client_that_asks_gets_a_text_and_then_patches(open_data: OpenData) -> None:
    wire, document = await open_data(), Document()

    result = await follow(wire, CHANGING, delta="fossil")
    await publish_tables(2, 3, 4)

    assert result["delta"] is True
    assert [await read(wire, document, price) for price in (2, 3, 4)] == [False, True, True]


async def test_client_that_does_not_ask_gets_all_as_it_is(open_data: OpenData) -> None:
    wire, other, document = await open_data(), await open_data(), Document()

    result = await follow(wire, CHANGING)
    await follow(other, CHANGING, delta="fossil")
    await publish_tables(2, 3)

    assert "delta" not in result
    assert [(await wire.push())["pub"] for _ in range(2)] == [
        {"data": table(2), "offset": 1},
        {"data": table(3), "offset": 2},
    ]
    assert [await read(other, document, price) for price in (2, 3)] == [False, True]


@pytest.mark.parametrize("topic", [KEPT, "wire.plain", "wire.latest"])
async def test_topic_without_patches_answers_without_them(topic: str, open_data: OpenData) -> None:
    wire = await open_data()

    result = await follow(wire, topic, delta="fossil")
    await publish(topic, {"a": 1})

    assert "delta" not in result
    assert (await wire.push())["pub"]["data"] == {"a": 1}


@pytest.mark.parametrize("topic", [CHANGING, "wire.plain"])
async def test_unknown_delta_is_closed_with_3501(topic: str, open_data: OpenData) -> None:
    wire = await open_data()

    wire.ask("subscribe", channel=topic, delta="vcdiff")

    assert await wire.next() == disconnect_push(3501, "bad request: unknown delta")
    assert await wire.closed() == 3501


async def test_recovered_publications_are_a_text_and_patches_and_so_it_goes_on(
    open_data: OpenData,
) -> None:
    wire, other, document = await open_data(), await open_data(), Document()
    await follow(other, CHANGING, delta="fossil")
    await publish_tables(1, 2, 3)

    result = await return_to(wire, 0, topic=CHANGING, delta="fossil")
    await publish_tables(4)

    assert result["recovered"] is True
    assert ["delta" in pub for pub in result["publications"]] == [False, True, True]
    for pub, price in zip(result["publications"], (1, 2, 3), strict=True):
        document.take(pub)
        assert orjson.loads(document.text) == table(price)
    assert await read(wire, document, 4)


@pytest.mark.parametrize("since", [3, 9], ids=["nothing missed", "not recovered"])
async def test_client_that_recovered_nothing_begins_with_a_text(
    since: int, open_data: OpenData
) -> None:
    wire, other, document = await open_data(), await open_data(), Document()
    await follow(other, CHANGING, delta="fossil")
    await publish_tables(1, 2, 3)

    await return_to(wire, since, topic=CHANGING, delta="fossil")
    await publish_tables(4, 5)

    assert [await read(wire, document, price) for price in (4, 5)] == [False, True]


async def test_publication_beside_the_history_begins_a_new_chain(open_data: OpenData) -> None:
    wire, late, document = await open_data(), await open_data(), Document()
    await follow(wire, CHANGING, delta="fossil")
    await publish_tables(1, 2)
    await publish_unkept(3)
    result = await return_to(late, 0, topic=CHANGING, delta="fossil")
    await publish_tables(4, 5)

    came = [await read(wire, document, price) for price in (1, 2, 3, 4, 5)]
    assert came == [False, True, False, False, True]
    recovered = Document()
    for pub in result["publications"]:
        recovered.take(pub)
    assert [await read(late, recovered, price) for price in (4, 5)] == [False, True]


async def test_what_comes_while_the_history_is_read_continues_what_was_recovered(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, document = await open_data(), Document()
    await publish_tables(1, 2)
    broker = registry.engine().pubsub.broker
    read_history: Callable[..., Any] = broker.read

    async def interrupted(*arguments: Any) -> Any:
        page = await read_history(*arguments)
        await publish_tables(3, 4)
        return page

    monkeypatch.setattr(broker, "read", interrupted)
    result = await return_to(wire, 0, topic=CHANGING, delta="fossil")
    for pub in result["publications"]:
        document.take(pub)

    assert orjson.loads(document.text) == table(2)
    # Nobody followed when the one before it was published, so of that there is no patch.
    assert [await read(wire, document, price) for price in (3, 4)] == [False, True]


async def test_joins_are_no_part_of_the_chain(open_data: OpenData) -> None:
    wire, other, document = await open_data(), await open_data(), Document()
    await follow(wire, CHANGING, delta="fossil", join_leave=True)
    assert "join" in await wire.push()
    await publish_tables(1)
    await follow(other, CHANGING)
    await publish_tables(2)

    assert not await read(wire, document, 1)
    assert "join" in await wire.push()
    assert await read(wire, document, 2)


async def test_client_that_unsubscribes_gets_nothing_more_and_may_begin_anew(
    open_data: OpenData,
) -> None:
    wire, document = await open_data(), Document()
    await follow(wire, CHANGING, delta="fossil")
    await publish_tables(1)
    await read(wire, document, 1)

    await wire.call("unsubscribe", channel=CHANGING)
    await publish_tables(2)
    await wire.works()
    await follow(wire, CHANGING, delta="fossil")
    await publish_tables(3)

    assert not await read(wire, document, 3)
    assert registry.engine().hub.router.subscriptions == 1


async def test_history_is_read_as_it_is(open_data: OpenData) -> None:
    wire = await open_data()
    await follow(wire, CHANGING, delta="fossil")
    await publish_all(2, CHANGING)
    for _ in range(2):
        await wire.push()

    reply = await wire.call("history", channel=CHANGING, limit=10)

    assert [pub["data"] for pub in reply["history"]["publications"]] == [1, 2]


@binary_only
async def test_each_form_has_its_own_chain_and_is_encoded_once(open_data: OpenData) -> None:
    wires = [await open_data() for _ in range(3)]
    text = DataWire(application)
    queried = QueryWire(application)
    async with opened(text), opened(queried):
        for wire in (text, queried):
            await wire.connect()
        wires += [text, queried]
        for wire in wires:
            await follow(wire, CHANGING, delta="fossil")

        await publish_tables(1, 2)

        for wire in wires:
            document = Document()
            assert [await read(wire, document, price) for price in (1, 2)] == [False, True]
    encoded = registry.engine().instrumentation.encoded
    assert encoded == {"json+fossil": 2, "protobuf+fossil": 2}
