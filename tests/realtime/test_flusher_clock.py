"""The batch clock: nobody waits when idle, and under pressure publications gather."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.realtime.clock import turns
from tests.realtime.rooms import Peer, connect, crowd, frame, make_flusher

if TYPE_CHECKING:
    from realtime.flusher import Flusher
    from realtime.outbox import Outbox
    from tests.realtime.clock import ClockLoop

MANY = 40  # turns in which everything that can happen without time passing has happened


async def under_pressure(flusher: Flusher) -> None:
    """Bring the clock into the state after a flush that joined several publications."""
    outbox = connect(Peer(), flusher)
    for _ in range(2):
        outbox.put(frame("x"))
        flusher.note_publication()
    await turns()


async def test_idle_flush_waits_for_one_turn_only(clock: ClockLoop) -> None:
    flusher, start = make_flusher(max_wait=60), clock.now
    [(peer, outbox)] = crowd(flusher, 1)

    for text in "abc":
        outbox.put(frame(text))
        flusher.note_publication()
        await turns(1)
        assert peer.texts[-1] == text

    assert clock.now == start


async def publish_one_a_turn(
    flusher: Flusher, outbox: Outbox, texts: str, *, clock: ClockLoop, seconds: float = 0.0
) -> None:
    for text in texts:
        outbox.put(frame(text))
        flusher.note_publication()
        clock.advance(seconds)
        await turns(1)


async def test_publications_are_joined_under_pressure(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)

    await publish_one_a_turn(flusher, outbox, "abcde", clock=clock)
    await turns(2)

    assert peer.texts == ["abcde"]


async def test_gathering_ends_when_a_turn_brings_no_more(clock: ClockLoop) -> None:
    flusher, start = make_flusher(max_wait=60), clock.now
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)

    outbox.put(frame("a"))
    flusher.note_publication()
    await turns(3)

    assert peer.texts == ["a"]
    assert clock.now == start


async def test_gathering_ends_with_a_few_full_messages(clock: ClockLoop) -> None:
    flusher = make_flusher(max_size=2)
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)

    await publish_one_a_turn(flusher, outbox, "abcdefghi", clock=clock)
    assert peer.texts == ["ab", "cd", "ef", "gh"]  # though more were coming
    await publish_one_a_turn(flusher, outbox, "jk", clock=clock)
    await turns(MANY)

    assert "".join(peer.texts) == "abcdefghijk"


async def test_gathering_ends_with_max_wait(clock: ClockLoop) -> None:
    flusher = make_flusher(max_wait=0.005)
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)

    await publish_one_a_turn(flusher, outbox, "abcdefgh", clock=clock, seconds=0.002)
    await turns(MANY)

    assert peer.texts[0] == "abcd"
    assert "".join(peer.texts) == "abcdefgh"


async def test_gathering_never_waits_where_the_wait_is_zero(clock: ClockLoop) -> None:
    flusher = make_flusher(max_wait=0)
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)

    await publish_one_a_turn(flusher, outbox, "abc", clock=clock)

    assert peer.texts == ["a", "b", "c"]


async def test_pressure_ends_with_a_flush_of_one_publication(clock: ClockLoop) -> None:
    flusher = make_flusher()
    [(peer, outbox)] = crowd(flusher, 1)
    await under_pressure(flusher)
    await publish_one_a_turn(flusher, outbox, "a", clock=clock)
    await turns(MANY)

    await publish_one_a_turn(flusher, outbox, "bc", clock=clock)

    assert peer.texts == ["a", "b", "c"]
