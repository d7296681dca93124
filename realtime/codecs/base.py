"""What a codec is: one encoding per publication and, for sockets, one join per send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from realtime.message import Change, Frame, Overflow, Publication


class Codec(Protocol):
    """One socket kind's text.

    `encode` is called once per publication, however many follow its topic, and only if somebody
    does. It returns None where the socket kind has no representation of the publication.
    """

    name: str

    def encode(self, publication: Publication, overflow: Overflow) -> Frame | None:
        """Return the publication as a frame."""
        ...

    def announce(self, change: Change, overflow: Overflow) -> Frame | None:
        """Return the news that somebody came or went, or None where it is not told."""
        ...


class SocketCodec(Codec, Protocol):
    """A codec whose frames an outbox joins."""

    def join(self, frames: list[Frame]) -> str:
        """Return the frames as the text of one message."""
        ...
