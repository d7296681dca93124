"""Info: the one process there is, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import registry
from realtime.version import VERSION

if TYPE_CHECKING:
    from tests.realtime.api.conftest import OpenUser, Program


async def test_info_counts_what_this_process_serves(program: Program, open_user: OpenUser) -> None:
    wires = [(await open_user(user))[0] for user in ("42", "42", "")]
    for wire in wires:
        await wire.call("subscribe", channel="wire.plain")
    await wires[0].call("subscribe", channel="wire.open.lobby")

    [node] = (await program.result("info"))["nodes"]

    assert node.pop("uptime") >= 0
    assert node == {
        "uid": registry.engine().id,
        "name": "goby",
        "version": VERSION,
        "num_clients": 3,
        "num_users": 1,
        "num_subs": 4,
        "num_channels": 2,
    }
