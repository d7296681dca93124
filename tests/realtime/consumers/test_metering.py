"""A flood of commands: refused, then closed; not in the log, and not at anybody else's cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from realtime.consumers import metering
from realtime.sentences import SENTENCES
from realtime.tokens import sign
from tests.realtime.consumers.refusals import error_fragment, form
from tests.wire import LOBBY, disconnect_push, page_of

if TYPE_CHECKING:
    from realtime import registry
    from tests.wire import Configure, OpenData, OpenHTML

KEPT = "wire.kept.lobby"
# Too slow for any test to earn another command.
NEVER = 0.001

TOO_MANY = {"code": 111, "message": "too many requests", "temporary": True}
TOO_OFTEN = "You are doing that too often. Wait a moment and try again."


def noted(log: pytest.LogCaptureFixture, socket: str, code: int) -> int:
    """Return how often the log says that a command was refused with this code."""
    lines = [record.getMessage() for record in log.records if record.name == "realtime"]
    return lines.count(f"refused socket={socket} code={code}")


class Clock:
    """Stands in for the module `time`, and stands still until it is moved."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


async def test_commands_beyond_the_burst_are_refused_and_the_connection_lives(
    goby: Configure, open_data: OpenData
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=2)
    wire = await open_data()
    echo = {"method": "wire.echo", "data": {}}

    replies = [await wire.call("rpc", **echo) for _ in range(4)]

    assert [reply.get("error") for reply in replies] == [None, None, TOO_MANY, TOO_MANY]
    assert engine.instrumentation.errors == {111: 2}
    assert "subscribe" in await wire.call("subscribe", channel=LOBBY)


@pytest.mark.parametrize(
    ("setting", "first", "others"),
    [
        ("PUBLISH", "publish", ["rpc", "publish"]),
        ("READ", "history", ["presence", "presence_stats", "history"]),
        ("SUBSCRIBE", "subscribe", ["unsubscribe", "refresh", "sub_refresh", "nonsense", "ping"]),
    ],
)
async def test_commands_of_a_kind_share_one_rate(
    goby: Configure, open_data: OpenData, setting: str, first: str, others: list[str]
) -> None:
    goby(**{f"{setting}_RATE": NEVER, f"{setting}_BURST": 1})
    wire = await open_data()

    allowed = await wire.call(first, channel=KEPT, data={})

    assert first in allowed, allowed
    for name in others:
        assert (await wire.call(name, channel=KEPT, data={}))["error"] == TOO_MANY, name


async def test_message_without_an_id_is_refused_without_a_word(
    goby: Configure, open_data: OpenData
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=1)
    wire = await open_data()

    for _ in range(3):
        wire.send_text('{"send":{"data":{}}}')
    reply = await wire.call("rpc", method="wire.echo", data={})

    assert reply["error"] == TOO_MANY
    assert engine.instrumentation.errors[111] == 3


async def test_client_that_waits_is_heard_again(
    goby: Configure, open_data: OpenData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(metering, "time", clock)
    goby(PUBLISH_RATE=2, PUBLISH_BURST=1)
    wire = await open_data()
    await wire.works()
    refused = await wire.call("rpc", method="wire.echo", data={})

    clock.now += 0.5

    assert refused["error"] == TOO_MANY
    await wire.works()


async def test_flood_of_one_frame_is_closed_with_3013_and_logged_once(
    goby: Configure, open_data: OpenData, log: pytest.LogCaptureFixture
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=2)
    bystander, wire = await open_data(), await open_data()
    commands = [wire.command("publish", channel=LOBBY, data=number) for number in range(100)]

    wire.send_text("\n".join(commands))

    answers = [await wire.next() for _ in range(12)]
    assert [reply.get("error") for reply in answers] == [None] * 2 + [TOO_MANY] * 10
    assert await wire.next() == disconnect_push(3013, "too many requests")
    assert await wire.closed() == 3013
    assert engine.instrumentation.published == 2
    assert engine.instrumentation.errors == {111: 10, 3013: 1}
    assert (noted(log, "data", 111), noted(log, "data", 3013)) == (1, 1)
    await bystander.works()


async def test_each_code_is_logged_once_for_each_connection(
    open_data: OpenData, engine: registry.Engine, log: pytest.LogCaptureFixture
) -> None:
    for wire in (await open_data(), await open_data()):
        for _ in range(3):
            await wire.call("subscribe", channel="nowhere.at.all")
            await wire.call("rpc", method="nothing")

    assert (noted(log, "data", 102), noted(log, "data", 104)) == (2, 2)
    assert engine.instrumentation.errors == {102: 6, 104: 6}


async def test_page_that_sends_too_often_shows_a_sentence_and_goes_on(
    goby: Configure, open_html: OpenHTML, log: pytest.LogCaptureFixture
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=1)
    page = await open_html(LOBBY)
    page.send_text(form("wire.echo", text="fine"))
    assert "fine" in await page.text()

    for _ in range(3):
        page.send_text(form("wire.echo", text="not so fine"))
        assert (await page.text()).startswith(error_fragment(TOO_OFTEN))

    assert SENTENCES[111] == TOO_OFTEN
    assert engine.instrumentation.errors == {111: 3}
    assert noted(log, "html", 111) == 1


async def test_page_that_never_stops_is_closed_with_1013(
    goby: Configure, open_html: OpenHTML
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=1)
    page = await open_html(LOBBY)

    for _ in range(15):
        page.send_text("no form at all")

    assert await page.closed() == 1013
    assert engine.instrumentation.errors == {107: 1, 111: 10, 1013: 1}


async def test_parts_that_come_and_go_are_not_metered_as_what_people_send(
    goby: Configure, open_html: OpenHTML
) -> None:
    engine = goby(PUBLISH_RATE=NEVER, PUBLISH_BURST=1, SUBSCRIBE_RATE=NEVER, SUBSCRIBE_BURST=2)
    page = await open_html()
    page.send_text(form("wire.echo", text="fine"))
    assert "fine" in await page.text()

    for change in ("follow", "unfollow", "follow"):
        page.send_text(json.dumps({"goby": change, "token": sign(page_of(LOBBY))}))

    assert (await page.text()).startswith(error_fragment(TOO_OFTEN))
    assert engine.instrumentation.errors == {111: 1}


async def test_page_that_only_listens_needs_no_meter(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    await open_html(LOBBY)

    (connection,) = engine.connections._all
    host: Any = connection.host

    assert host.meter is None
