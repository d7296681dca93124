"""Perform: a handler for each command, and an answer where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime.commands import HANDLERS
from realtime.protocol import COMMANDS
from tests.wire import LOBBY

if TYPE_CHECKING:
    from tests.wire import OpenData


def test_every_handler_is_of_a_command_of_the_protocol() -> None:
    assert set(HANDLERS) <= COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS - set(HANDLERS)))
async def test_command_that_is_not_offered_is_refused_with_108(
    command: str, open_data: OpenData
) -> None:
    wire = await open_data()

    reply = await wire.call(command)

    assert reply["error"] == {"code": 108, "message": "not available"}


async def test_unknown_command_is_refused_with_104(open_data: OpenData) -> None:
    wire = await open_data()

    reply = await wire.call("fetch", channel=LOBBY)

    assert reply["error"] == {"code": 104, "message": "method not found"}
    await wire.works()
