"""What a client may send that it should not: each gets its answer, is counted, is logged without
what it sent, and hurts nobody else.

Every test sends a marker along. It must appear in no log record, and a second connection that
was there before must work afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import registry
from tests.realtime.consumers.refusals import (
    MARKER,
    assert_data_closes,
    assert_data_refuses,
    assert_html_shows,
    error_fragment,
    form,
)
from tests.wire import LOBBY, DataWire

if TYPE_CHECKING:
    from tests.wire import OpenData, OpenHTML

UNREADABLE = "This page sent something that cannot be read. Please reload it and try again."
UNKNOWN = "This page asked for something unknown. Please reload it."


# Frames that cannot be read

MALFORMED = [
    f'{{"id":7,"rpc":{{"method":"{MARKER}"',
    MARKER,
    f'["{MARKER}"]',
    f'"{MARKER}"',
    "17",
    "null",
    '{"id":7,"rpc":{"method":"wire.echo","data":{"text":NaN}}}',
    '{"id":7,"rpc":{"method":"wire.echo","data":{"text":"\\ud800"}}}',
    '{"id":7,"rpc":' + "[" * 2000,
    "\x00",
]


@pytest.mark.parametrize("text", [*MALFORMED, "", "\n", " \n\t\n"])
async def test_malformed_json_closes_the_data_socket_with_3501(
    text: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text(text)
    await assert_data_closes(wire, bystander, code=3501)


async def test_malformed_line_of_a_batch_performs_nothing_of_it(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    good = wire.command("publish", channel=LOBBY, data=1)
    wire.send_text(f'{good}\n{{"id":9,"rpc":{MARKER}')
    await assert_data_closes(wire, bystander, code=3501)
    assert registry.engine().instrumentation.published == 0


@pytest.mark.parametrize("text", [*MALFORMED, ""])
async def test_malformed_json_shows_an_error_on_the_html_socket(
    text: str, open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, text, bystander, sentence=UNREADABLE, code=107)


async def test_binary_frame_closes_the_data_socket_with_3501(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_bytes(MARKER.encode())
    await assert_data_closes(wire, bystander, code=3501)


async def test_binary_frame_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    wire.send_bytes(MARKER.encode())
    assert (await wire.text()).startswith(error_fragment(UNREADABLE))
    assert registry.engine().instrumentation.errors == {107: 1}
    await bystander.works()


async def test_oversized_frame_closes_the_data_socket_with_1009(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text(wire.command("rpc", method="wire.echo", data={"text": MARKER * 6000}))
    await assert_data_closes(wire, bystander, code=1009)


async def test_oversized_frame_of_wide_characters_is_measured_in_bytes(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    wire.send_text('{"id":5,"rpc":{"method":"wire.echo","data":{"text":"%s"}}}' % ("🐟" * 17_000))
    await assert_data_closes(wire, bystander, code=1009)


async def test_oversized_frame_closes_the_html_socket_with_a_sentence(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    wire.send_text(form("wire.echo", text=MARKER * 6000))
    assert await wire.closed() == 1009
    assert wire.said.startswith(error_fragment("That was too long to send."))
    assert registry.engine().instrumentation.errors == {1009: 1}
    await bystander.works()


async def test_oversized_frame_that_the_server_refuses_is_counted(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    await wire.disconnect(1009)
    assert registry.engine().instrumentation.errors == {1009: 1}
    assert registry.engine().instrumentation.connections_closed == {1009: 1}
    await bystander.works()


# Commands, topics and actions that do not exist


async def test_unknown_command_is_refused_with_104(
    open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    await assert_data_refuses(wire, wire.command(MARKER, channel=LOBBY), bystander, code=104)


@pytest.mark.parametrize("command", ["subscribe", "publish"])
@pytest.mark.parametrize("topic", [f"wire.{MARKER}", f"{MARKER} \x00<b>", "wire.open.{name}"])
async def test_unknown_topic_is_refused_with_102(
    topic: str, command: str, open_data: OpenData, bystander: DataWire
) -> None:
    wire = await open_data()
    text = wire.command(command, channel=topic, data=MARKER)
    await assert_data_refuses(wire, text, bystander, code=102)


async def test_unknown_topic_in_a_page_shows_an_error(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html(f"wire.{MARKER}")
    gone = "This page follows something that does not exist any more. Please reload it."
    assert (await wire.text()).startswith(error_fragment(gone))
    assert registry.engine().instrumentation.errors == {102: 1}
    await bystander.works()


async def test_unknown_action_is_refused_with_104(open_data: OpenData, bystander: DataWire) -> None:
    wire = await open_data()
    await assert_data_refuses(wire, wire.command("rpc", method=MARKER), bystander, code=104)


async def test_unknown_action_shows_an_error_on_the_html_socket(
    open_html: OpenHTML, bystander: DataWire
) -> None:
    wire = await open_html()
    await assert_html_shows(wire, form(MARKER), bystander, sentence=UNKNOWN, code=104)
