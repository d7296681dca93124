"""The Data socket's codec for topics of which clients get only what changed (`fossil`).

A publication is encoded once as a text and once as the patch of the publication before it,
however many follow. Which of the two a follower gets, it knows itself: a patch is of use only to
one that has the publication it was made from.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from realtime.fossil import delta
from realtime.message import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime.codecs.base import DataCodec, Encoded
    from realtime.message import Change, Overflow, Publication
    from realtime.outbox import Outbox

FOSSIL = "fossil"

# The last publications of topics whose clients get patches: so many, of so many bytes in all.
KEPT = 10_000
KEPT_BYTES = 16_777_216


@dataclass(frozen=True, slots=True)
class Versions(Frame):
    """A publication in both forms: `whole`, and as the `patch` of the one before it, if any."""

    whole: Frame = field(kw_only=True)
    patch: Frame | None = field(kw_only=True)


@dataclass(eq=False, slots=True)
class DeltaFollower:
    """A connection that follows a topic, and has its publication with the offset `known`."""

    outbox: Outbox
    known: int = 0

    def put(self, frame: Frame) -> None:
        """Pass on the form of a publication that is of use; what is no publication as it is."""
        if not isinstance(frame, Versions):
            self.outbox.put(frame)
            return
        has_base = self.known and self.known + 1 == frame.offset
        self.outbox.put(frame.patch if has_base and frame.patch is not None else frame.whole)
        self.known = frame.offset

    def lost(self, topic: str) -> None:
        """Tell the connection that publications were missed."""
        self.outbox.lost(topic)


@dataclass(slots=True)
class _Previous:
    """The last publication of each topic. The least recently used go first."""

    size: int = 0
    kept: OrderedDict[str, Publication] = field(default_factory=OrderedDict)

    def swap(self, publication: Publication) -> Publication | None:
        """Put a publication in the place of the one before it; return that if none lies between."""
        before = self.kept.pop(publication.topic, None)
        if before is not None:
            self.size -= len(before.json)
        if publication.offset:  # of others nobody could say that it has them
            self.kept[publication.topic] = publication
            self.size += len(publication.json)
        while len(self.kept) > KEPT or self.size > KEPT_BYTES:
            self.size -= len(self.kept.popitem(last=False)[1].json)
        return before if before is not None and _is_next(publication, before) else None


def _is_next(publication: Publication, before: Publication) -> bool:
    # What is published while nobody follows does not come here: what is kept may be an older one.
    return (publication.epoch, publication.offset) == (before.epoch, before.offset + 1)


class DeltaCodec:
    """A codec around the one of a form of the Data socket."""

    def __init__(self, codec: DataCodec) -> None:
        self.name = f"{codec.name}+{FOSSIL}"
        self._codec = codec
        self._previous = _Previous()

    def encode(self, publication: Publication, overflow: Overflow) -> Versions:
        """Return the push in both forms."""
        before = self._previous.swap(publication)
        whole = self._codec.document(publication, overflow, publication.json, patch=False)
        change = None if before is None else _patch(before.json, publication.json)
        patch = None
        if change is not None:
            patch = self._codec.document(publication, overflow, change, patch=True)
        return Versions(
            "",
            whole.size,
            whole.topic,
            overflow,
            publication.offset,
            publication.epoch,
            whole=whole,
            patch=patch,
        )

    def announce(self, change: Change, overflow: Overflow) -> Frame | None:
        """Return what the form itself makes of it."""
        return self._codec.announce(change, overflow)

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        """Return what was missed: the first as a text, each other as a patch of the one before."""
        before = b""
        parts: list[tuple[Publication, bytes, bool]] = []
        for each in publications:
            change = _patch(before, each.json) if before else None
            parts.append((each, change or each.json, change is not None))
            before = each.json
        return self._codec.documents(parts)


def _patch(before: bytes, after: bytes) -> bytes | None:
    """Return the patch, or None where it is no smaller, or cut a character in two."""
    patch = delta(before, after)
    if len(patch) >= len(after):
        return None
    try:
        patch.decode()
    except UnicodeDecodeError:
        return None
    return patch
