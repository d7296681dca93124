"""Each protocol that the load speaks, by the name that travels in a job."""

from __future__ import annotations

from benchmarks.wire import JSON, PLAIN, Protocol, Speech
from benchmarks.wire_protobuf import ProtobufSpeech

AnySpeech = Speech | ProtobufSpeech

SPEECH: dict[Protocol, AnySpeech] = {
    "goby": JSON,
    "protobuf": ProtobufSpeech(),
    "plain": PLAIN,
}
