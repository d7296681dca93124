"""Topics that the site names when a client connects: followed like those of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime import Client, arrivals, on_connect
from tests.realtime.commands.credentials import OWN, connect, declared
from tests.tokens import KEYS, mint
from tests.wire import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime import registry
    from tests.wire import Configure, OpenData

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN, KEPT, CLOSED, ROOM = "wire.plain", "wire.kept.lobby", "wire.closed", "wire.present.room"


@pytest.fixture(autouse=True)
def configured(goby: Configure, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Engine]:
    """A site on which no function is called yet."""
    monkeypatch.setattr(arrivals, "_arrivals", [])
    with declared():
        yield goby(TOKEN_KEYS=KEYS, ALLOW_UNKNOWN_USERS=True, TOPICS_PER_CONNECTION=3)


def give(*topics: str) -> None:
    """Let every client follow these topics."""

    @on_connect
    async def given(client: Client) -> list[str]:
        return list(topics)


async def test_client_follows_what_the_site_names_whatever_it_may(open_data: OpenData) -> None:
    give(CLOSED)
    give(KEPT)
    wire = await open_data(connect=False)

    result = await wire.connect()
    for topic in (CLOSED, KEPT):
        await publish(topic, topic)

    assert (set(result["subs"]), result["subs"][CLOSED]) == ({CLOSED, KEPT}, {})
    assert result["subs"][KEPT]["recoverable"]
    assert [(await wire.push())["channel"] for _ in range(2)] == [CLOSED, KEPT]


async def test_function_knows_the_client_and_what_it_sent(open_data: OpenData) -> None:
    seen: list[Any] = []

    @on_connect
    def look(client: Client, data: Any) -> None:
        seen.append((client.user_id, data))

    wire = await open_data(connect=False)
    await connect(wire, mint(sub="42"), data={"boards": ["x"]})
    other = await open_data(connect=False)
    await other.connect()

    assert seen == [("42", {"boards": ["x"]}), ("", None)]


async def test_terms_of_the_token_count_where_both_name_a_topic(open_data: OpenData) -> None:
    give(PLAIN, ROOM)
    wire = await open_data(connect=False)

    result = await connect(wire, mint(subs={PLAIN: {"data": "mine"}}))

    assert result["subs"] == {PLAIN: {"data": "mine"}, ROOM: {}}
    assert (await wire.push())["join"]["info"]["client"] == result["client"]


async def test_client_that_comes_back_recovers_what_it_missed(open_data: OpenData) -> None:
    give(KEPT)
    first = await open_data(connect=False)
    epoch = (await first.connect())["subs"][KEPT]["epoch"]
    await first.disconnect()
    await publish(KEPT, "missed")

    second = await open_data(connect=False)
    since = {KEPT: {"recover": True, "epoch": epoch}}
    told = (await second.call("connect", subs=since))["connect"]["subs"][KEPT]

    assert told["recovered"] is True
    assert [pub["data"] for pub in told["publications"]] == ["missed"]


@pytest.mark.parametrize(
    ("topics", "code"), [([PLAIN, OWN], 103), ([PLAIN, KEPT, CLOSED, ROOM], 106)]
)
async def test_topic_that_cannot_be_followed_refuses_the_connect(
    topics: list[str], code: int, open_data: OpenData, configured: registry.Engine
) -> None:
    give(*topics)
    wire = await open_data(connect=False)

    reply = await wire.call("connect")

    assert reply["error"]["code"] == code
    assert configured.hub.router.topics == 0


async def test_client_may_come_back_after_a_function_failed(open_data: OpenData) -> None:
    moods = [RuntimeError("Not today."), None]

    @on_connect
    def moody(client: Client) -> list[str]:
        mood = moods.pop(0)
        if mood is not None:
            raise mood
        return [PLAIN]

    wire = await open_data(connect=False)
    error = (await wire.call("connect"))["error"]
    assert (error["code"], error["temporary"]) == (100, True)

    wire = await open_data(connect=False)
    assert (await wire.connect())["subs"] == {PLAIN: {}}


async def test_site_whose_functions_name_nothing_says_nothing(open_data: OpenData) -> None:
    give()
    wire = await open_data(connect=False)

    assert "subs" not in await connect(wire, mint())
    await wire.works()
