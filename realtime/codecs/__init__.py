"""Turn a publication into the text of one socket kind, once per publication."""

from __future__ import annotations

from realtime.codecs.base import Codec, DataCodec
from realtime.codecs.delta import DeltaCodec
from realtime.codecs.json import JSONCodec
from realtime.codecs.protobuf import ProtobufCodec

__all__ = ["Codec", "DataCodec", "DeltaCodec", "JSONCodec", "ProtobufCodec"]
