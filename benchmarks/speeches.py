"""Each protocol that the load speaks, by the name that travels in a job."""

from __future__ import annotations

from benchmarks.wire import JSON, PLAIN, Protocol, Speech
from benchmarks.wire_html import PageSpeech
from benchmarks.wire_protobuf import ProtobufSpeech

ProgramSpeech = Speech | ProtobufSpeech
AnySpeech = ProgramSpeech | PageSpeech

# What needs no page.
SPEECH: dict[Protocol, ProgramSpeech] = {
    "goby": JSON,
    "protobuf": ProtobufSpeech(),
    "plain": PLAIN,
}


def speech_of(protocol: Protocol, page_token: str) -> AnySpeech:
    """How to speak the protocol; the token is for pages alone."""
    return PageSpeech(page_token) if protocol == "html" else SPEECH[protocol]
