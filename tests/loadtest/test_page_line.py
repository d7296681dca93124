"""A page's connection: fragments, markers, sentences, and how it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from loadtest.page_line import PageLine
from tests.loadtest.lines import Call

if TYPE_CHECKING:
    from loadtest.line import Line

AT = '<data id="goby-at-chat.room.lobby" value="{}" hidden hx-swap-oob="true"{}></data>'
SENTENCE = '<div id="goby-errors" role="alert" hx-swap-oob="innerHTML">{}</div>'


def frame(*cids: str, at: str = "5~e", flags: str = "", sentence: str = "") -> bytes:
    messages = "".join(f'<li id="message-1" data-cid="{cid}">Hi</li>' for cid in cids)
    error = SENTENCE.format(sentence) if sentence else ""
    return f"{messages}{error}{AT.format(at, flags)}".encode()


async def entered() -> tuple[Call, Line]:
    call = Call(PageLine)
    line = call.connect()
    line.listen(frame(flags=" data-goby-entered"), 0)
    return call, line


async def test_page_says_nothing_first_and_is_in_when_its_topic_is_entered() -> None:
    call = Call(PageLine)
    line = call.connect()
    assert call.transport.frames == []
    assert not line.ready.done()
    line.listen(frame(flags=" data-goby-entered"), 0)

    assert line.ready.result() == ""


async def test_page_without_a_token_is_in_at_once() -> None:
    line = Call(PageLine, "ws://site/app/ws/html").connect()

    assert line.ready.result() == ""


async def test_sentence_before_the_topic_is_why_it_is_not_in() -> None:
    call = Call(PageLine)
    line = call.connect()
    line.listen(SENTENCE.format("You may not &amp; cannot.").encode(), 0)

    assert line.ready.result() == "You may not & cannot."
    assert not call.tally.errors


async def test_form_is_that_of_the_room() -> None:
    call, _ = await entered()
    number = call.say(due=7)
    [form] = call.sent

    assert form.pop("headers") == {"HX-Request": "true"}
    assert len(form.pop("text")) == 40
    assert form == {"action": "chat.send", "room": "lobby", "cid": call.marks.mark(number, 7)}


async def test_own_message_is_its_answer() -> None:
    call, line = await entered()
    first, second = call.say(), call.say()
    line.listen(frame(call.marks.mark(first, 1_000)), 5_000)

    assert list(call.user.pending) == [second]
    assert call.tally.latency.maximum == 0.004


async def test_sentence_refuses_the_oldest_message_that_has_no_answer() -> None:
    call, line = await entered()
    first, second, third = call.say(), call.say(), call.say()
    line.listen(frame(call.marks.mark(first, 0), sentence="Wait."), 0)

    assert list(call.user.pending) == [third]
    assert call.tally.ledger.refused == 1
    assert dict(call.tally.errors) == {"refused: Wait.": 1}
    line.listen(frame(call.marks.mark(third, 0)), 0)
    assert call.tally.ledger.balance().lost == 0, f"{second} was refused"


async def test_sentence_about_nothing_it_said_is_counted_as_it_is() -> None:
    call, line = await entered()
    line.listen(frame(sentence="You are signed out."), 0)

    assert dict(call.tally.errors) == {"You are signed out.": 1}


async def test_page_that_comes_back_says_where_it_was() -> None:
    call, line = await entered()
    assert PageLine.address(call.user).startswith(call.user.seat.url)
    line.listen(frame("other", at="17~e_2"), 0)
    line.listen(SENTENCE.format("Hm.").encode(), 0)
    call.hang_up()

    query = parse_qs(urlsplit(PageLine.address(call.user)).query)
    assert query == {"token": ["t"], "at": ["17~e_2~chat.room.lobby"]}


async def test_missed_message_arrives_without_a_latency() -> None:
    call, line = await entered()
    number = call.say()
    call.hang_up()
    line = call.connect()
    line.listen(frame(call.marks.mark(number, 0), flags=" data-goby-entered"), 10**9)

    assert call.tally.ledger.balance().lost == 0
    assert (call.tally.recovered, call.tally.latency.total) == (1, 0)


async def test_page_that_is_told_of_a_gap_counts_it() -> None:
    call, _ = await entered()
    call.hang_up()
    line = call.connect()
    line.listen(frame(flags=" data-goby-entered data-goby-resync"), 0)

    assert call.tally.resyncs == 1


async def test_messages_cut_off_on_their_way_are_nobodys() -> None:
    call, line = await entered()
    call.say()
    line.cut()
    call.hang_up()

    assert call.transport.ends == ["abort"]
    assert call.user.was_cut
    assert (call.tally.ledger.balance().lost, call.tally.ledger.balance().unanswered) == (0, 1)
    assert line.ended.result() == 1006
    assert call.tally.connected == 0


async def test_page_that_the_server_closes_before_it_is_in_says_so() -> None:
    call = Call(PageLine)
    line = call.connect()
    call.hang_up()

    assert line.ready.result() == "closed by the server with 1006 before it was in"
