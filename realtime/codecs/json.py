"""The Data socket's codec: a push of the Centrifuge client protocol, JSON, version 2.

The publication's data was encoded when it was published; here its text is only set into place.
"""

from __future__ import annotations

import orjson

from realtime.message import ClientInfo, Frame, Overflow, Publication


class JSONCodec:
    """Publications as `{"push":{"channel":…,"pub":{…}}}`, joined by newlines."""

    name = "json"

    def encode(self, publication: Publication, overflow: Overflow) -> Frame:
        """Return the push. JSON text from orjson holds no raw newline, so it can be joined."""
        raw = b'{"push":{"channel":"%b","pub":%b}}' % (
            publication.topic.encode(),
            encode_pub(publication),
        )
        return Frame(raw.decode(), len(raw), publication.topic, overflow)

    def join(self, frames: list[Frame]) -> str:
        """Return the frames as one text, a batch."""
        if len(frames) == 1:
            return frames[0].text
        return "\n".join([frame.text for frame in frames])


def encode_pub(publication: Publication) -> bytes:
    """Return the protocol's Publication object; what is zero or empty is left out.

    A topic's grammar leaves nothing in its name that JSON would escape.
    """
    pub = b'{"data":' + publication.json
    if publication.info is not None:
        pub += b',"info":' + _encode_info(publication.info)
    if publication.offset:
        pub += b',"offset":%d' % publication.offset
    return pub + b"}"


def _encode_info(info: ClientInfo) -> bytes:
    return orjson.dumps({"user": info.user, "client": info.client})
