"""A client that asks too much is told so, then closed, and comes back: in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sdk.program import RefusedError

if TYPE_CHECKING:
    from tests.sdk.program import Program, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

BURST = 20  # of the strict server


async def echoed(program: Program) -> int:
    """Call an action, and return the code of the error with which that was answered, or 0."""
    try:
        await program.call("play.echo", values=[])
    except RefusedError as error:
        return error.code
    return 0


async def test_program_that_asks_too_much_is_refused_with_111_and_keeps_its_connection(
    start: Start, strict_server: Server
) -> None:
    async with start(strict_server) as one, start(strict_server) as other:
        answers = [await echoed(one) for _ in range(BURST + 5)]

        assert answers == [0] * BURST + [111] * 5
        assert await echoed(other) == 0
        await one.follow("play.stream.limits")
        assert one.names().count("connecting") == 1


async def test_program_that_goes_on_is_closed_with_3013_and_comes_back(
    start: Start, strict_server: Server
) -> None:
    async with start(strict_server) as one:
        answers = []
        while one.names().count("connecting") < 2:
            answers.append(await echoed(one))

        assert answers[BURST:-1] == [111] * (len(answers) - BURST - 1)
        [_, closed] = [event for event in one.events if event["event"] == "connecting"]
        assert (closed["code"], closed["reason"]) == (3013, "too many requests")
        assert await echoed(one) == 0
        assert "disconnected" not in one.names()
