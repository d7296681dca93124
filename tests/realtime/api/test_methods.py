"""Every method by its name, and batches in which one bad item spoils only itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime import registry
from realtime.api import methods, topics
from realtime.exceptions import NotServingError
from realtime.message import ClientInfo
from realtime.presence import Presence
from tests.realtime.consumers.refusals import MARKER

if TYPE_CHECKING:
    from realtime.registry import Engine
    from tests.realtime.api.conftest import Program
    from tests.wire import OpenData

KEPT = "wire.kept.lobby"


def test_methods_are_those_of_the_protocol() -> None:
    assert sorted(methods.NAMES) == [
        "batch",
        "broadcast",
        "channels",
        "disconnect",
        "history",
        "history_remove",
        "info",
        "presence",
        "presence_stats",
        "publish",
        "refresh",
        "subscribe",
        "unsubscribe",
    ]


async def test_batch_answers_each_command_in_its_order(
    program: Program, open_data: OpenData
) -> None:
    wire = await open_data()
    await wire.call("subscribe", channel=KEPT)
    commands = [
        {"publish": {"channel": KEPT, "data": 1}},
        {"publish": {"channel": KEPT, "data": 2}},
        {"history": {"channel": KEPT, "limit": 1, "reverse": True}},
        {"channels": {}},
    ]

    answer = await program.call("batch", commands=commands, parallel=True)

    assert list(answer) == ["replies"]
    one, two, history, channels = answer["replies"]
    assert (one["publish"]["offset"], two["publish"]["offset"]) == (1, 2)
    assert history["history"]["publications"] == [{"data": 2, "offset": 2}]
    assert channels == {"channels": {"channels": {KEPT: {"num_clients": 1}}}}
    assert [(await wire.push())["pub"]["data"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"publish": {"channel": "no.such", "data": 1}}, 102),
        ({"publish": {"channel": KEPT}}, 107),
        ({"publish": [KEPT]}, 107),
        ({"publish": None}, 107),
        ({"delete_everything": {}}, 104),
        ({"batch": {"commands": []}}, 104),
        ({}, 107),
        ({"info": {}, "channels": {}}, 107),
        ("publish", 107),
        (None, 107),
        ([], 107),
    ],
    ids=repr,
)
async def test_one_bad_item_of_a_batch_spoils_only_itself(
    program: Program, command: Any, code: int
) -> None:
    good = {"publish": {"channel": KEPT, "data": 1}}

    answer = await program.call("batch", commands=[good, command, good])

    before, bad, after = answer["replies"]
    assert (before["publish"]["offset"], after["publish"]["offset"]) == (1, 2)
    assert list(bad) == ["error"]
    assert bad["error"]["code"] == code


@pytest.mark.parametrize("commands", [None, {}, "publish", 1], ids=repr)
async def test_batch_without_a_list_is_refused_with_107(program: Program, commands: Any) -> None:
    assert await program.error("batch", commands=commands) == 107


async def test_empty_batch_has_no_replies(program: Program) -> None:
    assert await program.call("batch", commands=[]) == {"replies": []}


async def test_defect_is_hidden_counted_and_logged_without_what_was_sent(
    program: Program, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    async def broken(engine: Engine, body: Any) -> dict[str, Any]:
        raise RuntimeError(f"Cannot cope with {json.dumps(dict(body))}")

    monkeypatch.setitem(methods.METHODS, "info", broken)

    answer = await program.call("info", text=MARKER)

    assert answer["error"] == {"code": 100, "message": "internal server error", "temporary": True}
    assert registry.engine().instrumentation.failures["server API"] == 1


async def test_server_that_stops_is_no_defect(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stopped(engine: Engine, body: Any) -> dict[str, Any]:
        raise NotServingError("The memory broker was stopped.")

    monkeypatch.setitem(methods.METHODS, "info", stopped)

    response = await program.post("info", b"{}")

    assert (response.status_code, response.json()["error"]["code"]) == (503, 100)
    assert registry.engine().instrumentation.failures["server API"] == 0


# Answers have a bound

ROOM = "wire.present.room"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let answers have at most so many bytes."""
    for module in (methods, topics):
        monkeypatch.setattr(module, "MAX_ANSWER", 2000)
    return 2000


async def publish_many(program: Program, count: int = 10) -> None:
    for _ in range(count):
        await program.result("publish", channel=KEPT, data="x" * 300)


async def test_batch_that_is_full_refuses_the_rest_and_does_not_perform_it(
    program: Program, small: int
) -> None:
    await publish_many(program)
    page = {"history": {"channel": KEPT, "limit": 2}}
    write = {"publish": {"channel": KEPT, "data": "late"}}

    answer = await program.call("batch", commands=[write, page, page, page, write, page])

    kinds = [next(iter(reply)) for reply in answer["replies"]]
    assert kinds == ["publish", "history", "history", "error", "error", "error"]
    assert answer["replies"][-1]["error"] == {
        "code": 106,
        "message": "limit exceeded: this answer is full. Send this command again",
    }
    assert len(json.dumps(answer)) < 2 * small
    latest = await program.result("history", channel=KEPT, limit=1, reverse=True)
    assert latest["offset"] == 11  # the first of the two


async def test_batch_tells_what_was_changed_however_full_it_is(
    program: Program, small: int
) -> None:
    write = {"publish": {"channel": KEPT, "data": 1}}

    answer = await program.call("batch", commands=[write] * 60 + [None])

    kinds = [next(iter(reply)) for reply in answer["replies"]]
    written = kinds.count("publish")
    assert kinds == ["publish"] * written + ["error"] * (61 - written)
    assert (await program.result("history", channel=KEPT))["offset"] == written
    assert small <= len(json.dumps(answer["replies"][:written], separators=(",", ":")))


@pytest.mark.parametrize("length", [385, 500])  # too much as a whole; by the data alone
async def test_page_of_too_many_bytes_is_refused(program: Program, small: int, length: int) -> None:
    for _ in range(5):
        await program.result("publish", channel=KEPT, data="x" * length)

    assert await program.error("history", channel=KEPT, limit=-1) == 106
    assert len((await program.result("history", channel=KEPT, limit=3))["publications"]) == 3


async def test_members_that_are_too_many_are_refused_before_they_are_encoded(
    program: Program, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await registry.attach()
    for number in range(small // 72 + 1):
        engine.presence.enter(ROOM, ClientInfo(user="", client=f"{number:036}"))
    monkeypatch.setattr(Presence, "members", None)

    assert await program.error("presence", channel=ROOM) == 106
    assert (await program.result("presence_stats", channel=ROOM))["num_clients"] == 28


async def test_too_many_topics_are_refused(
    program: Program, small: int, open_data: OpenData
) -> None:
    wire = await open_data()
    for number in range(80):
        await wire.call("subscribe", channel=f"wire.kept.{number}")

    assert await program.error("channels") == 106
    assert len((await program.result("channels", pattern="*1"))["channels"]) == 8
