"""A program's connection: its greeting, its batches, its replies, and how it comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loadtest.data_line import DataLine
from tests.loadtest.lines import Call

if TYPE_CHECKING:
    from loadtest.line import Line

SUBSCRIBED: dict[str, Any] = {
    "id": 2,
    "subscribe": {"recoverable": True, "epoch": "e", "offset": 4},
}


def batch(*objects: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(each, separators=(",", ":")) for each in objects).encode()


def publication(cid: str, offset: int) -> dict[str, Any]:
    pub = {"data": {"id": 1, "text": 'no "offset":99', "cid": cid}, "offset": offset}
    return {"push": {"channel": "chat.room.lobby", "pub": pub}}


async def entered() -> tuple[Call, Line]:
    call = Call(DataLine)
    line = call.connect()
    line.listen(batch({"id": 1, "connect": {}}, SUBSCRIBED), 0)
    return call, line


async def test_client_connects_and_subscribes_in_one_frame() -> None:
    call = Call(DataLine)
    call.connect()

    assert len(call.transport.frames) == 1
    assert call.sent == [
        {"id": 1, "connect": {}},
        {"id": 2, "subscribe": {"channel": "chat.room.lobby"}},
    ]


async def test_client_is_in_when_its_subscription_is_answered() -> None:
    call = Call(DataLine)
    line = call.connect()
    line.listen(batch({"id": 1, "connect": {}}), 0)
    assert not line.ready.done()
    line.listen(batch(SUBSCRIBED), 0)

    assert line.ready.result() == ""
    assert call.user.is_connected
    assert call.tally.connected == 1


async def test_refusal_of_connect_or_subscribe_is_why_it_is_not_in() -> None:
    line = Call(DataLine).connect()
    line.listen(batch({"id": 2, "error": {"code": 103, "message": "permission denied"}}), 0)

    assert line.ready.result() == "refused: 103 permission denied"


async def test_publications_of_a_batch_count_once_with_the_time_since_they_were_due() -> None:
    call, line = await entered()
    numbers = [call.say(), call.say()]
    pushes = [publication(call.marks.mark(n, 1_000), 5 + n) for n in numbers]

    line.listen(batch(*pushes, {"push": {"channel": "chat.room.lobby", "join": {}}}), 3_000)

    assert call.tally.ledger.balance().lost == 0
    assert call.tally.latency.total == 2
    assert call.tally.latency.maximum == 0.002


async def test_reply_that_repeats_a_message_is_no_arrival() -> None:
    call, line = await entered()
    number = call.say()
    line.listen(batch({"id": 3 + number, "rpc": {"data": {"cid": call.marks.mark(number, 0)}}}), 0)

    assert call.tally.ledger.delivered == 0
    assert not call.user.pending
    call.hang_up()
    assert call.tally.ledger.balance().lost == 1, "it was answered, so everybody should have it"


async def test_refused_message_is_owed_to_nobody_and_named() -> None:
    call, line = await entered()
    number = call.say()
    line.listen(batch({"id": 3 + number, "error": {"code": 429, "message": "Wait."}}), 0)

    assert call.tally.ledger.balance().expected == 0
    assert dict(call.tally.errors) == {"refused: 429 Wait.": 1}


async def test_ping_in_a_batch_is_answered() -> None:
    call, line = await entered()
    del call.transport.frames[:]
    line.listen(b"{}", 0)
    line.listen(batch(publication("other", 9)) + b"\n{}", 0)

    assert call.transport.frames == [b"{}", b"{}"]


async def test_client_that_comes_back_recovers_from_its_last_publication() -> None:
    call, line = await entered()
    number = call.say()
    line.listen(batch(publication(call.marks.mark(number, 0), 17)), 0)
    call.hang_up()

    line = call.connect()
    assert call.sent[1]["subscribe"] == {
        "channel": "chat.room.lobby",
        "recover": True,
        "offset": 17,
        "epoch": "e",
    }


async def test_client_that_heard_nothing_comes_back_to_where_it_subscribed() -> None:
    call, _ = await entered()
    call.hang_up()
    call.connect()

    assert call.sent[1]["subscribe"]["offset"] == 4


async def test_recovered_message_arrives_without_a_latency() -> None:
    call, line = await entered()
    number = call.say()
    call.hang_up()
    line = call.connect()
    missed = publication(call.marks.mark(number, 0), 21)["push"]["pub"]
    result = {**SUBSCRIBED["subscribe"], "recovered": True, "was_recovering": True}
    line.listen(batch({"id": 2, "subscribe": {**result, "publications": [missed]}}), 10**9)

    assert call.tally.ledger.balance().lost == 0
    assert (call.tally.recovered, call.tally.latency.total) == (1, 0)
    assert call.user.offset == 21
    assert call.tally.resyncs == 0


async def test_client_that_is_told_of_a_gap_counts_it() -> None:
    call, _ = await entered()
    call.hang_up()
    line = call.connect()
    line.listen(batch({"id": 2, "subscribe": {"was_recovering": True, "epoch": "f"}}), 0)

    assert call.tally.resyncs == 1
    assert (call.user.epoch, call.user.offset) == ("f", 0)


async def test_client_that_is_unsubscribed_leaves_to_come_back() -> None:
    call, line = await entered()
    line.listen(batch({"push": {"channel": "chat.room.lobby", "unsubscribe": {"code": 2500}}}), 0)

    assert call.transport.ends == ["close", "disconnect"]
    assert dict(call.tally.errors) == {"unsubscribed by the server": 1}
