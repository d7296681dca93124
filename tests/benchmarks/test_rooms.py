"""Many rooms at once: who speaks, and what counts as arrived."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.rooms import Conversations, Member, RoomTally
from benchmarks.speeches import room_speech
from benchmarks.wire import numbered
from benchmarks.wire_socketio import SocketIOSpeech

if TYPE_CHECKING:
    from benchmarks.wire import Protocol


class Speaker:
    """A member that only notes when it speaks."""

    def __init__(self, name: str, spoken: list[str], *, refusal: str = "") -> None:
        self.name = name
        self.spoken = spoken
        self.refusal = refusal

    def speak(self) -> None:
        self.spoken.append(self.name)


def test_everybody_speaks_in_turn() -> None:
    spoken: list[str] = []
    members = cast("list[Member]", [Speaker(name, spoken) for name in "abc"])
    conversations = Conversations(members)

    for _ in range(5):
        conversations.publish()

    assert spoken == ["a", "b", "c", "a", "b"]


def test_first_refusal_of_a_member_is_that_of_all() -> None:
    members = [Speaker("a", []), Speaker("b", [], refusal="no"), Speaker("c", [], refusal="never")]

    assert Conversations(cast("list[Member]", members)).refusal == "no"


def test_message_is_complete_when_the_members_of_its_room_have_it() -> None:
    tally = RoomTally(2, people=4)
    first, second = tally.publishing(), tally.publishing()

    tally.arrive(second, tally.published_at[second] + 1.0)
    tally.arrive(first, tally.published_at[first] + 2.0)
    tally.arrive(first, tally.published_at[first] + 3.0)

    assert tally.complete == [pytest.approx(3.0)]
    assert (tally.missing, tally.settled.is_set()) == (1, False)

    tally.arrive(second, tally.published_at[second] + 4.0)
    assert (tally.missing, tally.settled.is_set()) == (0, True)
    assert len(tally.samples) == 4


@pytest.mark.parametrize(
    ("protocol", "path", "said"),
    [
        ("goby", "/app/ws/data", b'"channel":"bench.room-7"'),
        ("plain", "/ws/rooms/7/", b'{"message":'),
        ("socketio", "/socket.io/?EIO=4&transport=websocket", b'42["message",'),
    ],
)
def test_member_speaks_in_its_room(protocol: Protocol, path: str, said: bytes) -> None:
    speech = room_speech(protocol, 7)

    assert speech.subscriber_path == path
    assert said in speech.publication(1, 128)
    assert numbered(1, 128) in speech.publication(1, 128)


def test_socketio_greets_with_its_room_and_answers_pings() -> None:
    speech = SocketIOSpeech(room="room-7")

    assert speech.greeting(subscribe=True) == b'40{"room": "room-7", "follow": true}'
    assert not speech.greeted(b'0{"sid":"a"}', subscribe=True)
    assert speech.greeted(b'40{"sid":"b"}', subscribe=True)
    assert speech.holds_ping(b"2")
    assert not speech.holds_ping(speech.publication(2, 128))


def test_socketio_raises_what_the_server_refused() -> None:
    with pytest.raises(ConnectionError, match="not here"):
        SocketIOSpeech().greeted(b'44{"message":"not here"}', subscribe=True)


@pytest.mark.parametrize(
    ("numbers", "unordered"),
    [
        ((1, 2, 3, 5), 0),  # one person, another, and the first again
        ((2, 1, 3, 5), 0),  # two people's words may cross
        ((5, 1), 1),  # the same person's may not
        ((1, 1), 1),
    ],
)
async def test_words_of_one_person_come_once_and_in_order(
    numbers: tuple[int, ...], unordered: int
) -> None:
    tally = RoomTally(2, people=4)
    for _ in range(5):
        tally.publishing()
    member = Member(room_speech("plain", 1), tally, 128)

    for number in numbers:
        frame = SimpleNamespace(get_payload_as_bytes=lambda number=number: numbered(number, 128))
        member.on_ws_frame(cast("Any", None), cast("Any", frame))

    assert tally.unordered == unordered
    assert tally.delivered == len(numbers)
