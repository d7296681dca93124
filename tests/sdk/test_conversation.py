"""Connect, subscribe, publish, rpc and send: what every client does, in every mode of both SDKs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.sdk.modes import JAVASCRIPT, MODES
from tests.sdk.program import LOBBY, RefusedError
from tests.sdk.visitor import Visitor

if TYPE_CHECKING:
    from tests.sdk.conftest import Everyone
    from tests.sdk.program import Mode, Start
    from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_message_of_one_program_reaches_both_with_an_offset(
    start: Start, server: Server
) -> None:
    async with start(server) as one, start(server) as other:
        await one.follow()
        await other.follow()

        message = await one.say("hello")

        first, second = await one.event("publication"), await other.event("publication")
        assert first == second
        assert first["data"] == {"event": "created", **message}
        assert message["text"] == "hello"
        await other.say("and back")
        assert (await one.event("publication"))["offset"] == first["offset"] + 1 > 1


async def test_publication_of_a_client_says_who_published(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one, start(server, connect=False) as other:
        client = (await other.connect())["client"]
        await one.follow(topic)
        await other.publish(topic, {"text": "ä \u2028 \U0001f600", "number": 1.5, "none": None})

        heard = await one.event("publication")
        assert heard["data"] == {"text": "ä \u2028 \U0001f600", "number": 1.5, "none": None}
        assert heard["info"] == {"client": client, "user": "", "conn_info": None, "chan_info": None}
        assert heard["offset"] == 1


async def test_every_kind_of_value_comes_back_as_it_was(start: Start, server: Server) -> None:
    values = [None, True, 0, -1.5, 2**53 - 1, "", "\n\0\\", [], [[1], {}], {"ä": {"b": None}}]
    async with start(server, connect=False) as one:
        client = (await one.connect())["client"]

        assert await one.call("play.echo", values=values) == {"values": values, "client": client}


# The Python SDK cannot send without asking for a reply.
@pytest.mark.parametrize("mode", JAVASCRIPT, indirect=True)
async def test_action_that_was_sent_without_a_reply_is_performed(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one:
        await one.follow(topic)

        await one.ask("send", data={"action": "play.tell", "topic": topic, "values": ["sent"]})

        assert await one.heard(1) == ["sent"]


async def test_publish_into_a_chat_room_is_refused_with_103(start: Start, server: Server) -> None:
    async with start(server) as one:
        await one.follow()

        with pytest.raises(RefusedError, match=r"^permission denied$") as refused:
            await one.publish(LOBBY, {"text": "past the action"})

        assert refused.value.code == 103
        await one.say("still connected")
        assert (await one.heard(1))[0]["text"] == "still connected"


async def test_unknown_topic_ends_the_subscription_with_102(start: Start, server: Server) -> None:
    async with start(server) as one:
        await one.ask("subscribe", channel="no.such.topic")

        assert (await one.event("unsubscribed"))["code"] == 102


async def test_error_of_an_action_is_a_sentence_with_the_actions_code(
    start: Start, server: Server
) -> None:
    async with start(server) as one:
        with pytest.raises(RefusedError, match="Write something first") as refused:
            await one.say("  ")

        assert refused.value.code == 400


async def test_unsubscribed_program_hears_nothing_and_recovers_it_when_it_subscribes_again(
    start: Start, server: Server, topic: str
) -> None:
    async with start(server) as one, start(server) as other:
        await one.follow(topic)
        await other.follow(topic)
        await one.ask("unsubscribe", channel=topic)
        await one.event("unsubscribed")

        await other.publish(topic, "missed")
        await other.event("publication")
        await one.asked_all()
        assert "publication" not in one.names()
        await one.follow(topic)
        await other.publish(topic, "live again")

        assert await one.heard(2) == ["missed", "live again"]
        assert one.names().count("connecting") == 1


async def test_plain_form_of_a_person_reaches_the_program(start: Start, server: Server) -> None:
    async with start(server) as one, Visitor(server) as visitor:
        await one.follow()

        await visitor.post("/rooms/lobby/", text="from a page without script")

        [heard] = await one.heard(1)
        assert heard["text"] == "from a page without script"


async def test_program_with_a_persons_session_speaks_as_that_person_until_the_sign_out(
    start: Start, server: Server
) -> None:
    async with Visitor(server) as visitor, start(server, cookie=visitor.cookie) as one:
        await one.follow()
        await visitor.post("/rooms/lobby/", text="on the page")
        assert (await one.say("in the program"))["author"].startswith("guest-")
        on_the_page, in_the_program = await one.heard(2)
        assert on_the_page["author"] == in_the_program["author"]

        await visitor.post("/accounts/sign-out/")

        ended = await one.event("disconnected")
        assert ended["code"] == 3503
        assert one.names()[-1] == "disconnected"


async def test_programs_come_back_when_the_server_was_restarted(
    everyone: Everyone, own_server: Server
) -> None:
    cut_off = asyncio.Barrier(len(MODES) + 1)
    restarted = asyncio.Event()

    async def scene(mode: Mode, start: Start) -> None:
        topic = f"play.stream.{mode}"
        async with start(own_server) as one:
            await one.follow(topic)
            await one.publish(topic, "before")
            assert await one.heard(1) == ["before"]

            await cut_off.wait()
            await one.event("connecting")
            await restarted.wait()

            entered = await one.event("subscribed")
            assert (entered["was_recovering"], entered["recovered"]) == (True, False)
            await one.publish(topic, "after")
            assert await one.heard(1) == ["after"]

    async with asyncio.TaskGroup() as group:
        group.create_task(everyone(scene))
        await cut_off.wait()
        await asyncio.to_thread(own_server.stop)
        await asyncio.to_thread(own_server.start)
        restarted.set()


async def test_publish_from_another_process_is_refused_with_advice(server: Server) -> None:
    code = "from chat.topics import room; room(slug='lobby').publish({'text': 'hi'})"

    done = await asyncio.to_thread(server.manage, "shell", "-c", code)

    assert done.returncode != 0
    assert "NotServingError" in done.stderr
    assert "Publish from the server's process" in done.stderr
