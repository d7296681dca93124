"""Turn a publication into the text of one socket kind, once per publication."""

from __future__ import annotations

from realtime.codecs.base import Codec
from realtime.codecs.json import JSONCodec

__all__ = ["Codec", "JSONCodec"]
