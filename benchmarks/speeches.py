"""Each protocol that the load speaks, by the name that travels in a job."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.wire import JSON, PLAIN, Protocol, Speech
from benchmarks.wire_html import PageSpeech
from benchmarks.wire_protobuf import ProtobufSpeech
from benchmarks.wire_socketio import SocketIOSpeech

ProgramSpeech = Speech | ProtobufSpeech
AnySpeech = ProgramSpeech | PageSpeech | SocketIOSpeech

# What needs no page.
SPEECH: dict[Protocol, ProgramSpeech] = {
    "goby": JSON,
    "protobuf": ProtobufSpeech(),
    "plain": PLAIN,
}


def speech_of(protocol: Protocol, page_token: str) -> AnySpeech:
    """How to speak the protocol; the token is for pages alone."""
    if protocol == "html":
        return PageSpeech(page_token)
    return SocketIOSpeech() if protocol == "socketio" else SPEECH[protocol]


def room_speech(protocol: Protocol, room: int) -> Speech | SocketIOSpeech:
    """How a member of a numbered room speaks, who follows and publishes on one connection."""
    if protocol == "socketio":
        return SocketIOSpeech(room=f"room-{room}")
    if protocol == "goby":
        return replace(JSON, topic=f"bench.room-{room}")
    return replace(PLAIN, subscriber_path=f"/ws/rooms/{room}/")
