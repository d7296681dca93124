"""Where the server writes what is ready, the flusher gives it that, and sends all else as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime.flusher import LOST
from realtime.instrumentation import Instrumentation
from tests.realtime.clock import turns
from tests.realtime.rooms import Peer, connect, frame, make_flusher

if TYPE_CHECKING:
    from realtime.codecs.joining import Message
    from realtime.message import Frame
    from tests.realtime.clock import ClockLoop


class Line:
    """What a server writes to."""

    def __init__(self, *, is_free: bool = True) -> None:
        self.is_free = is_free
        self.written: list[bytes] = []

    def write(self, wire: bytes) -> bool:
        if self.is_free:
            self.written.append(wire)
        return self.is_free


async def test_what_waits_is_written_as_one(clock: ClockLoop) -> None:
    peer, line, counters = Peer(), Line(), Instrumentation()
    outbox = connect(peer, make_flusher(instrumentation=counters), write=line.write)
    for text in "ab":
        outbox.put(frame(text, size=7))
    await turns(1)
    outbox.put(frame("c", size=7))
    await turns(1)

    assert line.written == [b"\x81\x02ab", b"\x81\x01c"]
    assert peer.messages == []
    assert (outbox.frames, outbox.size) == ([], 0)
    assert (counters.sends, counters.bytes_sent) == (2, 21)
    assert counters.batch_sizes[1:3] == [1, 1]


async def test_who_is_behind_is_sent_to(clock: ClockLoop) -> None:
    peer, line = Peer(), Line(is_free=False)
    outbox = connect(peer, make_flusher(), write=line.write)
    outbox.put(frame("a"))
    await turns(1)
    line.is_free = True
    outbox.put(frame("b"))
    await turns(1)

    assert (peer.texts, line.written) == (["a"], [b"\x81\x01b"])


async def test_more_than_a_message_takes_is_several_in_one_write(clock: ClockLoop) -> None:
    peer, line, counters = Peer(), Line(), Instrumentation()
    flusher = make_flusher(max_size=2, instrumentation=counters)
    outbox = connect(peer, flusher, write=line.write)
    for text in "abc":
        outbox.put(frame(text))
    await turns(1)

    assert (peer.texts, line.written) == ([], [b"\x81\x02ab\x81\x01c"])
    assert (counters.sends, counters.batch_sizes[2], counters.batch_sizes[1]) == (2, 1, 1)


async def test_nothing_is_written_before_a_promise_is_kept(clock: ClockLoop) -> None:
    peer, line = Peer(), Line()
    outbox = connect(peer, make_flusher(), write=line.write)
    outbox.promise(frame("promised"))
    await turns(1)
    assert (peer.messages, line.written) == ([], [])

    outbox.keep_promise()
    await turns(1)
    assert line.written == [b"\x81\x08promised"]


async def test_end_is_sent_after_what_waits(clock: ClockLoop) -> None:
    peer, line = Peer(), Line()
    outbox = connect(peer, make_flusher(), write=line.write)
    outbox.put(frame("a"))
    outbox.close(3001, "shutdown")
    await turns(1)

    assert (peer.texts, peer.closes, line.written) == (["a"], [3001], [])
    assert peer.endings == [3001]


@pytest.mark.parametrize("where", ["join", "write"])
async def test_defect_ends_its_own_connection_alone(clock: ClockLoop, where: str) -> None:
    def broken(frames: list[Frame]) -> Message:
        raise ValueError

    def torn(wire: bytes) -> bool:
        raise RuntimeError

    flusher, peer, other = make_flusher(), Peer(), Peer()
    line = Line()
    if where == "join":
        outbox = connect(peer, flusher, join=broken, write=line.write)
    else:
        outbox = connect(peer, flusher, write=torn)
    outbox.put(frame("x"))
    connect(other, flusher, write=line.write).put(frame("y"))
    await turns(1)

    assert line.written == [b"\x81\x01y"]
    # What cannot be written is sent, which tells what is wrong.
    assert (peer.endings, peer.texts) == (([LOST], []) if where == "join" else ([], ["x"]))


async def test_writes_gather_as_sends_do(clock: ClockLoop) -> None:
    peer, line = Peer(), Line()
    flusher = make_flusher()
    outbox = connect(peer, flusher, write=line.write)
    for text in "abc":
        flusher.note_publication()
        outbox.put(frame(text))
    await turns(1)
    for text in "de":
        flusher.note_publication()
        outbox.put(frame(text))
    await turns(1)
    assert line.written == [b"\x81\x03abc"]  # it waits for more

    await turns(3)
    assert line.written == [b"\x81\x03abc", b"\x81\x02de"]
