"""What a codec is: one encoding per publication and, for sockets, one join per send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from realtime.codecs.joining import Message
    from realtime.exceptions import CommandError
    from realtime.message import Change, Frame, Overflow, Publication
    from realtime.protocol import Command


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

    @property
    def join(self) -> Callable[[list[Frame]], Message]:
        """What makes one message of frames."""
        ...


class Encoded:
    """A part of a result that was encoded before, and is only set into its place."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


class PublicationsCodec(Protocol):
    """A codec of publications that are part of a reply."""

    name: str

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        """Return what stands for them in the result of such a command."""
        ...


class DataCodec(SocketCodec, PublicationsCodec, Protocol):
    """The Data socket's language, in one of its two forms."""

    ping: Frame

    def encode(self, publication: Publication, overflow: Overflow) -> Frame:
        """Return the publication as a push; there is one for each."""
        ...

    def parse(self, message: str | bytes) -> list[Command]:
        """Return the commands of a frame; close 3501 if it is malformed or empty."""
        ...

    def reply(self, identity: int, name: str, result: Mapping[str, Any]) -> Frame:
        """Return the reply to a command; raise `TypeError` if the result is no JSON."""
        ...

    def refusal(self, identity: int, error: CommandError) -> Frame:
        """Return the reply that refuses a command."""
        ...

    def push(self, kind: str, body: Mapping[str, Any], topic: str = "") -> Frame:
        """Return a push that is no publication."""
        ...

    def document(
        self, publication: Publication, overflow: Overflow, data: bytes, *, patch: bool
    ) -> Frame:
        """Return the publication with its data as a text, or as the patch of an earlier one."""
        ...

    def documents(self, parts: Sequence[tuple[Publication, bytes, bool]]) -> Encoded:
        """Return recovered publications with their data as texts or, where true, as patches."""
        ...
