"""Peers that do not read, or are gone: each costs itself, for a while, and nobody else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime.flusher import LOST, WRITE_ERROR
from realtime.instrumentation import Instrumentation
from tests.realtime.clock import turns
from tests.realtime.rooms import SEND_TIMEOUT, Peer, connect, crowd, frame, make_flusher

if TYPE_CHECKING:
    from realtime.codecs.joining import Message
    from realtime.message import Frame
    from tests.realtime.clock import ClockLoop

MANY = 40  # turns in which everything that can happen without time passing has happened


async def test_stalled_peer_does_not_delay_the_others(clock: ClockLoop) -> None:
    flusher, start = make_flusher(), clock.now
    peers = crowd(flusher, 10)
    peers[0][0].stall()
    for _, outbox in peers:
        outbox.put(frame("hi"))

    await turns(3)  # the worker suspends, the relay finds it, another one works

    assert peers[0][0].texts == []
    assert all(peer.texts == ["hi"] for peer, _ in peers[1:])
    assert flusher.stalled == 1
    assert clock.now == start


async def test_others_are_flushed_at_once_while_a_peer_stays_stalled(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(stalled, outbox), (healthy, other)] = crowd(flusher, 2)
    stalled.stall()
    outbox.put(frame("x"))
    await turns(MANY)

    for text in "abc":
        other.put(frame(text))
        await turns(1)

    assert healthy.texts == ["a", "b", "c"]
    assert stalled.texts == []


async def test_stalled_peer_gets_everything_in_order_when_it_reads_again(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox)] = crowd(flusher, 1)
    peer.stall()
    for text in "abcde":
        outbox.put(frame(text))
        await turns(5)
    assert peer.texts == []

    peer.resume()
    await turns(MANY)
    outbox.put(frame("f"))
    await turns(MANY)

    assert peer.texts == ["a", "bcde", "f"]
    assert flusher.stalled == 0


async def test_only_one_worker_is_ever_with_a_peer(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox)] = crowd(flusher, 1)
    peer.stall()

    for text in "abcde":
        outbox.put(frame(text))
        await turns(5)

    assert flusher.stalled == 1


async def test_close_waits_its_turn_behind_a_stalled_send(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    peer.stall()
    outbox.put(frame("a"))
    await turns(MANY)

    outbox.put(frame("b"))
    outbox.close(3001, "shutdown")
    peer.resume()
    await turns(MANY)

    assert (peer.texts, peer.closes, peer.endings) == (["a", "b"], [3001], [3001])


async def test_stalled_send_ends_after_the_timeout(clock: ClockLoop) -> None:
    counters = Instrumentation()
    flusher = make_flusher(instrumentation=counters)
    [(peer, outbox), (healthy, other)] = crowd(flusher, 2)
    peer.stall()
    outbox.put(frame("x"))
    other.put(frame("y"))

    await asyncio.sleep(SEND_TIMEOUT - 0.1)
    assert peer.endings == []
    await asyncio.sleep(0.2)

    assert peer.endings == [WRITE_ERROR]
    assert counters.slow_closes == 1
    assert flusher.stalled == 0
    assert (healthy.texts, healthy.endings) == (["y"], [])


async def test_every_send_has_the_whole_timeout(clock: ClockLoop) -> None:
    [(peer, outbox)] = crowd(make_flusher(), 1)
    peer.stall()
    outbox.put(frame("a"))
    await asyncio.sleep(SEND_TIMEOUT - 1)
    outbox.put(frame("b"))
    peer.resume()
    peer.stall()  # reads one message, and stops again

    await asyncio.sleep(SEND_TIMEOUT - 1)
    assert (peer.texts, peer.endings) == (["a"], [])

    await asyncio.sleep(2)
    assert (peer.texts, peer.endings) == (["a"], [WRITE_ERROR])


async def test_flusher_works_on_after_a_timeout(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox), (healthy, other)] = crowd(flusher, 2)
    peer.stall()
    outbox.put(frame("x"))
    await asyncio.sleep(SEND_TIMEOUT + 0.1)

    other.put(frame("y"))
    outbox.put(frame("late"))
    await turns(MANY)

    assert healthy.texts == ["y"]
    assert (peer.messages, outbox.frames) == ([], [])


async def test_several_stalled_peers_cost_only_themselves(clock: ClockLoop) -> None:
    counters = Instrumentation()
    flusher, start = make_flusher(instrumentation=counters), clock.now
    peers = crowd(flusher, 20)
    stalled, healthy = peers[::2], peers[1::2]
    for peer, _ in stalled:
        peer.stall()
    for _, outbox in peers:
        outbox.put(frame("hi"))

    await turns(MANY)
    assert all(peer.texts == ["hi"] for peer, _ in healthy)
    assert flusher.stalled == len(stalled)
    assert clock.now == start

    for peer, _ in stalled[:4]:
        peer.resume()
    await turns(MANY)
    assert all(peer.texts == ["hi"] for peer, _ in stalled[:4])

    await asyncio.sleep(SEND_TIMEOUT + 0.1)
    assert all(peer.endings == [WRITE_ERROR] for peer, _ in stalled[4:])
    assert all(peer.endings == [] for peer, _ in [*healthy, *stalled[:4]])
    assert counters.slow_closes == len(stalled) - 4
    assert flusher.stalled == 0


async def test_send_that_raises_ends_the_connection(clock: ClockLoop) -> None:
    told: list[object] = []

    def hook(event: str, /, **details: object) -> None:
        told.append((event, details))

    counters = Instrumentation(hook=hook)
    flusher, gone = make_flusher(instrumentation=counters), Peer()

    async def broken(message: dict[str, Any]) -> None:
        raise OSError("a secret")

    outbox = connect(gone, flusher)
    outbox.send = broken
    [(healthy, other)] = crowd(flusher, 1)
    outbox.put(frame("x"))
    other.put(frame("y"))
    await turns(1)

    assert gone.endings == [LOST]
    assert healthy.texts == ["y"]
    assert told == [("send failed", {"error": "OSError"})]
    assert counters.sends == 1


async def test_join_that_raises_ends_the_connection(clock: ClockLoop) -> None:
    def broken(frames: list[Frame]) -> Message:
        raise ValueError

    flusher, peer = make_flusher(), Peer()
    outbox = connect(peer, flusher, join=broken)
    outbox.put(frame("x"))
    await turns(1)

    assert peer.endings == [LOST]
