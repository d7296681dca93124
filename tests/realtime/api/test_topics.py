"""What the API tells of topics: history, presence, and who follows what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime import Topic, registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realtime.api.conftest import OpenUser, Program
    from tests.wire import OpenData, OpenHTML

KEPT = "wire.kept.lobby"
SEEN = "wire.seen"


@pytest.fixture
async def history(program: Program) -> str:
    """Publish three times, and return the epoch."""
    results = [await program.result("publish", channel=KEPT, data=number) for number in range(3)]
    return str(results[-1]["epoch"])


@pytest.fixture
def seen() -> Iterator[None]:
    """Declare a topic with presence."""
    topic = Topic(SEEN, presence=True, can_subscribe="anyone")
    yield
    registry.catalog.remove(topic.pattern)


@pytest.mark.parametrize(
    ("body", "offsets"),
    [
        ({}, []),
        ({"limit": 0}, []),
        ({"limit": -1}, [1, 2, 3]),
        ({"limit": 2}, [1, 2]),
        ({"limit": 2, "reverse": True}, [3, 2]),
        ({"limit": 10, "since": {"offset": 2}}, [3]),
        ({"limit": 10, "since": None, "reverse": None}, [1, 2, 3]),
    ],
    ids=repr,
)
async def test_history_returns_what_is_asked_for(
    program: Program, history: str, body: dict[str, Any], offsets: list[int]
) -> None:
    result = await program.result("history", channel=KEPT, **body)

    assert [each["offset"] for each in result.get("publications", [])] == offsets
    assert (result["offset"], result["epoch"]) == (3, history)


async def test_history_of_another_epoch_is_refused_with_112(program: Program, history: str) -> None:
    since = {"offset": 1, "epoch": "another"}

    assert await program.error("history", channel=KEPT, limit=1, since=since) == 112


async def test_removed_history_is_empty_and_its_offsets_go_on(
    program: Program, history: str
) -> None:
    assert await program.result("history_remove", channel=KEPT) == {}

    left = await program.result("history", channel=KEPT, limit=-1)
    assert left == {"offset": 3, "epoch": history}
    assert (await program.result("publish", channel=KEPT, data=4))["offset"] == 4


async def test_removed_history_is_recovered_by_nobody(
    program: Program, history: str, open_data: OpenData
) -> None:
    returning: dict[str, Any] = {"channel": KEPT, "recover": True, "offset": 1, "epoch": history}
    early, late = await open_data(), await open_data()
    assert (await early.call("subscribe", **returning))["subscribe"]["recovered"]

    await program.result("history_remove", channel=KEPT)

    assert "recovered" not in (await late.call("subscribe", **returning))["subscribe"]


@pytest.mark.parametrize("method", ["history", "history_remove", "presence", "presence_stats"])
async def test_method_of_a_topic_without_it_is_refused_with_108(
    program: Program, method: str
) -> None:
    assert await program.error(method, channel="wire.plain") == 108
    assert await program.error(method, channel="no.such") == 102
    assert await program.error(method) == 107


@pytest.mark.usefixtures("seen")
async def test_presence_names_the_clients_and_counts_the_users(
    program: Program, open_user: OpenUser
) -> None:
    clients = []
    for user in ("42", "42", "43"):
        wire, client = await open_user(user)
        await wire.call("subscribe", channel=SEEN)
        clients.append(client)

    present = await program.result("presence", channel=SEEN)
    stats = await program.result("presence_stats", channel=SEEN)

    assert list(present["presence"]) == clients
    assert present["presence"][clients[2]] == {"client": clients[2], "user": "43"}
    assert stats == {"num_clients": 3, "num_users": 2}


@pytest.mark.usefixtures("seen")
async def test_presence_of_a_topic_that_nobody_follows_is_empty(program: Program) -> None:
    assert await program.result("presence", channel=SEEN) == {"presence": {}}


async def test_channels_are_the_followed_topics_of_both_sockets(
    program: Program, open_data: OpenData, open_html: OpenHTML
) -> None:
    wire = await open_data()
    for topic in (KEPT, "wire.plain"):
        await wire.call("subscribe", channel=topic)
    await open_html("wire.plain")

    assert (await program.result("channels"))["channels"] == {
        KEPT: {"num_clients": 1},
        "wire.plain": {"num_clients": 2},
    }


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("*", 2), ("", 2), ("wire.kept.*", 1), ("wire.kept.?obby", 1), ("kept", 0), ("[", 0)],
)
async def test_pattern_chooses_channels(
    program: Program, open_data: OpenData, pattern: str, found: int
) -> None:
    wire = await open_data()
    for topic in (KEPT, "wire.plain"):
        await wire.call("subscribe", channel=topic)

    assert len((await program.result("channels", pattern=pattern))["channels"]) == found


@pytest.mark.parametrize("pattern", [1, ["*"], "*" * 256], ids=["number", "list", "long"])
async def test_wrong_pattern_is_refused_with_107(program: Program, pattern: Any) -> None:
    assert await program.error("channels", pattern=pattern) == 107
