"""The worker pool: all healthy peers in one turn, each with its frames, its close, its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from realtime.flusher import WRITE_ERROR
from realtime.instrumentation import Instrumentation
from tests.realtime.clock import turns
from tests.realtime.rooms import (
    SEND_TIMEOUT,
    Peer,
    concatenate,
    connect,
    crowd,
    frame,
    make_flusher,
)

if TYPE_CHECKING:
    from realtime.codecs.joining import Message
    from realtime.message import Frame
    from realtime.outbox import Outbox
    from tests.realtime.clock import ClockLoop

MANY = 40  # turns in which everything that can happen without time passing has happened


# Healthy peers


async def test_healthy_peers_are_all_flushed_in_one_turn(clock: ClockLoop) -> None:
    flusher, start = make_flusher(), clock.now
    peers = crowd(flusher, 100)
    for _, outbox in peers:
        outbox.put(frame("hi"))
    assert all(peer.texts == [] for peer, _ in peers)

    await turns(1)

    assert all(peer.texts == ["hi"] for peer, _ in peers)
    assert flusher.stalled == 0
    assert clock.now == start


async def test_healthy_peers_need_one_worker(clock: ClockLoop) -> None:
    before = asyncio.all_tasks()

    for _, outbox in crowd(make_flusher(), 100):
        outbox.put(frame("hi"))

    assert len(asyncio.all_tasks() - before) == 1
    await turns(1)
    assert asyncio.all_tasks() == before


async def test_frames_of_one_turn_are_one_send(clock: ClockLoop) -> None:
    counters = Instrumentation()
    flusher = make_flusher(instrumentation=counters)
    [(peer, outbox)] = crowd(flusher, 1)

    for text in "abc":
        outbox.put(frame(text))
    await turns(1)

    assert peer.texts == ["abc"]
    assert (counters.sends, counters.bytes_sent, counters.batch_sizes[3]) == (1, 30, 1)


async def test_outbox_is_flushed_again_after_it_was_empty(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    for text in "abc":
        outbox.put(frame(text))
        await turns(1)

    assert peer.texts == ["a", "b", "c"]


async def test_one_send_joins_at_most_max_size_frames(clock: ClockLoop) -> None:
    joined: list[int] = []

    def join(frames: list[Frame]) -> Message:
        joined.append(len(frames))
        return concatenate(frames)

    flusher, peer = make_flusher(max_size=3), Peer()
    outbox = connect(peer, flusher, join=join)
    for text in "abcdefg":
        outbox.put(frame(text))

    await turns(1)

    assert peer.texts == ["abc", "def", "g"]
    assert joined == [3, 3, 1]


# Closing


async def test_close_follows_the_frames_and_its_farewell(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    outbox.put(frame("a"))
    outbox.close(3001, "shutdown", last=frame("bye"))

    await turns(1)

    assert peer.messages == [
        {"type": "websocket.send", "text": "abye"},
        {"type": "websocket.close", "code": 3001, "reason": "shutdown"},
    ]
    assert peer.endings == [3001]


async def test_close_of_an_empty_outbox_sends_only_the_close(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    outbox.close(3001, "shutdown")

    await turns(1)

    assert (peer.texts, peer.closes, peer.endings) == ([], [3001], [3001])


async def test_close_that_nobody_reads_ends_after_the_timeout(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    peer.stall()
    outbox.close(3001, "shutdown")

    await asyncio.sleep(SEND_TIMEOUT + 0.1)

    assert peer.endings == [WRITE_ERROR]


async def test_abandoned_outbox_is_sent_nothing_not_even_a_close(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    outbox.put(frame("a"))

    outbox.abandon()
    await turns(MANY)

    assert (peer.messages, peer.endings) == ([], [])


async def test_peer_that_left_while_stalled_is_sent_nothing_more(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox)] = crowd(flusher, 1)
    peer.stall()
    outbox.put(frame("a"))
    await turns(MANY)
    outbox.put(frame("b"))

    outbox.abandon()
    peer.resume()
    await turns(MANY)

    assert peer.texts == ["a"]
    assert (peer.closes, peer.endings, flusher.stalled) == ([], [], 0)


# Stopping


async def test_stop_flushes_what_waits(clock: ClockLoop) -> None:
    flusher, start = make_flusher(), clock.now
    peers = crowd(flusher, 3)
    for _, outbox in peers:
        outbox.put(frame("last"))
        outbox.close(3001, "shutdown")

    await flusher.stop()

    assert all((peer.texts, peer.closes) == (["last"], [3001]) for peer, _ in peers)
    assert clock.now == start


async def test_stop_when_idle_returns_at_once(clock: ClockLoop) -> None:
    start = clock.now

    await make_flusher().stop()

    assert clock.now == start


async def test_stop_ends_the_workers_with_stalled_peers(clock: ClockLoop) -> None:
    flusher, start = make_flusher(), clock.now
    peers = crowd(flusher, 3)
    for peer, outbox in peers:
        peer.stall()
        outbox.put(frame("x"))
    await turns(MANY)

    await flusher.stop()

    assert [peer.endings for peer, _ in peers] == [[WRITE_ERROR]] * 3
    assert flusher.stalled == 0
    assert clock.now == start


async def test_stop_waits_no_longer_than_the_timeout(clock: ClockLoop) -> None:
    flusher, start = make_flusher(), clock.now
    [(stalled, outbox), (healthy, other)] = crowd(flusher, 2)
    stalled.stall()
    outbox.put(frame("x"))
    other.put(frame("y"))

    await flusher.stop()

    assert stalled.endings == [WRITE_ERROR]
    assert healthy.texts == ["y"]
    assert clock.now == pytest.approx(start + SEND_TIMEOUT)


async def test_stop_waits_for_the_worker_that_takes_over(clock: ClockLoop) -> None:
    flusher = make_flusher(max_wait=60)
    [(slow, outbox), (_, other)] = crowd(flusher, 2)

    def publish(to: Outbox, text: str) -> None:
        to.put(frame(text))
        flusher.note_publication()

    slow.stall()
    outbox.put(frame("a"))
    stopping = asyncio.ensure_future(flusher.stop())
    await turns(5)
    for text in "xy":  # pressure: the next worker will gather before it sends
        publish(other, text)
    await turns(5)
    publish(outbox, "b")
    slow.resume()
    for text in "xyz":
        publish(other, text)
        await turns(1)

    await stopping

    assert slow.texts == ["a", "b"]


async def test_worker_that_is_cancelled_from_outside_ends_nobody(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(stalled, outbox), (healthy, other)] = crowd(flusher, 2)
    stalled.stall()
    outbox.put(frame("x"))
    await turns(MANY)
    [worker] = [task for task in asyncio.all_tasks() if task.get_name() == "realtime-flusher"]

    worker.cancel()
    await asyncio.wait([worker])
    other.put(frame("y"))
    await turns(MANY)

    assert worker.cancelled()
    assert stalled.endings == []
    assert healthy.texts == ["y"]
    assert flusher.stalled == 0
