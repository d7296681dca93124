"""The Data socket's codec: a push of the Centrifuge client protocol, JSON, version 2.

The publication's data was encoded when it was published; here its text is only set into place.
"""

from __future__ import annotations

from typing import Any

import orjson

from realtime.message import Change, ClientInfo, Frame, Overflow, Publication


class JSONCodec:
    """Publications as `{"push":{"channel":…,"pub":{…}}}`, joined by newlines."""

    name = "json"

    def encode(self, publication: Publication, overflow: Overflow) -> Frame:
        """Return the push. JSON text from orjson holds no raw newline, so it can be joined."""
        raw = b'{"push":{"channel":"%b","pub":%b}}' % (
            publication.topic.encode(),
            encode_pub(publication),
        )
        return Frame(raw.decode(), len(raw), publication.topic, overflow, publication.offset)

    def announce(self, change: Change, overflow: Overflow) -> Frame:
        """Return the push, which has no offset: it is no part of the topic's history."""
        body = {"channel": change.topic, change.kind: {"info": info_of(change.info)}}
        raw = orjson.dumps({"push": body})
        return Frame(raw.decode(), len(raw), change.topic, overflow)

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
        pub += b',"info":' + orjson.dumps(info_of(publication.info))
    if publication.offset:
        pub += b',"offset":%d' % publication.offset
    if publication.tags:
        pub += b',"tags":' + orjson.dumps(publication.tags)
    return pub + b"}"


def info_of(info: ClientInfo) -> dict[str, Any]:
    """Return the protocol's ClientInfo object."""
    fields: dict[str, Any] = {"user": info.user} if info.user else {}
    fields["client"] = info.client
    if info.conn_info is not None:
        fields["conn_info"] = info.conn_info
    if info.chan_info is not None:
        fields["chan_info"] = info.chan_info
    return fields
