"""A frame that may turn out to be wrong: nothing leaves before that is known, and all in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.outbox import Outbox
from tests.realtime.clock import turns
from tests.realtime.rooms import Desk, Peer, concatenate, connect, frame, make_flusher

if TYPE_CHECKING:
    from collections.abc import Callable


def test_frame_that_is_taken_back_is_gone_and_the_others_stay() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))
    desk.outbox.promise(frame("b"))
    desk.outbox.put(frame("c"))

    desk.outbox.withdraw()

    assert (desk.texts, desk.outbox.size) == (["a", "c"], 20)
    assert desk.outbox.promised is None


def test_frame_that_is_gone_already_needs_no_taking_back() -> None:
    desk = Desk(max_size=25)
    desk.outbox.promise(frame("a"))
    desk.outbox.put(frame("b", size=20))  # too much: all is dropped

    desk.outbox.withdraw()

    assert (desk.texts, desk.outbox.size) == ([], 0)


def test_close_does_not_wait_for_what_was_promised() -> None:
    desk = Desk()
    desk.outbox.put(frame("a"))
    desk.outbox.promise(frame("promised"))

    desk.outbox.close(1000, "", last=frame("last"))

    assert desk.texts == ["a", "last"]
    assert desk.outbox.promised is None


def test_slow_peer_is_told_so_by_its_farewell() -> None:
    outbox = Outbox(
        send=Peer().send,
        join=concatenate,
        ready=lambda _outbox: None,
        ended=lambda _code: None,
        max_size=15,
        dropped=Desk().dropped,
        farewell=lambda code, reason: frame(f"{code} {reason}"),
    )
    for text in "ab":
        outbox.put(frame(text))

    assert [each.text for each in outbox.frames] == ["3008 slow"]


async def test_nothing_leaves_before_the_promise_is_kept() -> None:
    peer, flusher = Peer(), make_flusher()
    outbox = connect(peer, flusher)
    outbox.put(frame("a"))
    outbox.promise(frame("b"))
    await turns(5)
    outbox.put(frame("c"))
    await turns(5)
    assert peer.texts == []

    outbox.keep_promise()

    await turns(5)
    assert peer.texts == ["abc"]


async def test_promise_that_is_kept_at_once_leaves_with_the_next_turn() -> None:
    peer, flusher = Peer(), make_flusher()
    outbox = connect(peer, flusher)

    outbox.promise(frame("a"))
    outbox.put(frame("b"))
    outbox.keep_promise()

    await turns(2)
    assert peer.texts == ["ab"]


class Play:
    """An outbox to a peer that stops and reads on, and what is to arrive there."""

    def __init__(self) -> None:
        self.peer, self.flusher = Peer(), make_flusher(max_size=2)
        self.outbox = connect(self.peer, self.flusher)
        self.count = 0
        self.expected = self.before = self.promised = ""

    async def take_step(self, step: str) -> None:
        steps: dict[str, Callable[[], None]] = {
            "put": self.put,
            "promise": self.promise,
            "keep": self.keep,
            "withdraw": self.withdraw,
            "stall": self.peer.stall,
            "resume": self.peer.resume,
        }
        if step == "turn":
            await turns(3)
        elif self.promised or step not in {"keep", "withdraw"}:
            steps[step]()
        sent = "".join(self.peer.texts)
        assert self.expected.startswith(sent)
        assert not self.promised or len(sent) <= len(self.before)

    def next_name(self) -> str:
        self.count += 1
        return chr(ord("a") + self.count)

    def put(self) -> None:
        name = self.next_name()
        self.outbox.put(frame(name))
        self.expected += name

    def promise(self) -> None:
        if not self.promised:
            self.before, self.promised = self.expected, self.next_name()
            self.outbox.promise(frame(self.promised))
            self.expected += self.promised

    def keep(self) -> None:
        self.outbox.keep_promise()
        self.promised = ""

    def withdraw(self) -> None:
        self.outbox.withdraw()
        self.expected = self.expected.replace(self.promised, "")
        self.promised = ""


async def play(steps: list[str]) -> None:
    game = Play()
    for step in [*steps, "resume"]:
        await game.take_step(step)
    game.outbox.close(1000, "")
    await turns(len(steps) + 10)
    assert "".join(game.peer.texts) == game.expected
    assert game.peer.closes == game.peer.endings == [1000]
    assert game.flusher.stalled == 0


@pytest.mark.parametrize("end", ["keep", "withdraw"])
@given(
    steps=st.lists(
        st.sampled_from(["put", "put", "promise", "keep", "withdraw", "turn", "stall", "resume"]),
        max_size=25,
    )
)
def test_frames_leave_once_in_order_and_none_that_was_taken_back(
    end: str, steps: list[str]
) -> None:
    asyncio.run(play([*steps, end]))
