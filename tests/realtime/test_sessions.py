"""Sessions: the receiving half of a WebSocket that does not exist."""

from __future__ import annotations

import asyncio

import pytest

from realtime.sessions import FRAME_COST, Session, Sessions, size_of


async def events_of(session: Session, count: int) -> list[dict[str, object]]:
    async with asyncio.timeout(5):
        return [await session.receive() for _ in range(count)]


async def test_frames_come_in_their_order_between_a_handshake_and_a_close() -> None:
    session = Session(max_size=10_000)

    assert session.offer("one")
    assert session.offer(b"two")
    session.end(1005)

    assert await events_of(session, 4) == [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "one"},
        {"type": "websocket.receive", "bytes": b"two"},
        {"type": "websocket.disconnect", "code": 1005},
    ]


async def test_first_end_decides_the_code_and_nothing_follows_it() -> None:
    session = Session(max_size=10_000)

    session.end(1012)
    session.end(1005)
    assert session.offer("too late")

    assert (await events_of(session, 2))[1] == {"type": "websocket.disconnect", "code": 1012}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(session.receive(), 0)


async def test_full_session_refuses_until_something_was_received() -> None:
    session = Session(max_size=2 * (100 + FRAME_COST))

    assert [session.offer("x" * 100) for _ in range(3)] == [True, True, False]
    await events_of(session, 2)

    assert [session.offer(b"x" * 100) for _ in range(2)] == [True, False]


async def test_flood_of_empty_frames_is_bounded_as_well() -> None:
    session = Session(max_size=10 * FRAME_COST)

    assert [session.offer("") for _ in range(11)] == [True] * 10 + [False]


async def test_session_is_found_while_its_block_lasts() -> None:
    sessions = Sessions(max_size=10_000)

    with sessions.opened() as one, sessions.opened() as other:
        assert (sessions.find(one.id), sessions.find(other.id)) == (one, other)
        assert len(sessions) == 2

    assert sessions.find(one.id) is None
    assert len(sessions) == 0


async def test_session_of_a_stream_that_failed_is_forgotten() -> None:
    sessions = Sessions(max_size=10_000)

    with pytest.raises(RuntimeError), sessions.opened():
        raise RuntimeError

    assert len(sessions) == 0


def test_id_cannot_be_guessed() -> None:
    ids = {Session(max_size=1).id for _ in range(100)}

    assert len(ids) == 100
    assert all(len(id) == 32 for id in ids)  # of 64 letters: 192 random bits


async def test_server_that_stops_ends_all_sessions_and_those_to_come() -> None:
    sessions = Sessions(max_size=10_000)

    with sessions.opened() as one:
        sessions.end_all()
        with sessions.opened() as late:
            for session in (one, late):
                assert (await events_of(session, 2))[1] == {
                    "type": "websocket.disconnect",
                    "code": 1012,
                }


@pytest.mark.parametrize(("frame", "size"), [("abc", 3), ("ä€", 5), (b"\x00\xff", 2), ("", 0)])
def test_size_is_that_of_the_bytes(frame: str | bytes, size: int) -> None:
    assert size_of(frame) == size
