"""A client that applies patches, as the SDKs do, and documents of which little changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from centrifuge.fossil import apply_delta  # type: ignore[import-untyped]  # it has annotations
from hypothesis import strategies as st

from realtime.codecs import JSONCodec, ProtobufCodec
from realtime.codecs.delta import DeltaFollower
from tests.protobuf import object_of, replies_of
from tests.realtime.codecs.documents import DATA, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.codecs import DataCodec
    from realtime.codecs.base import Encoded
    from realtime.message import Frame

FORMS: list[DataCodec] = [JSONCodec(), ProtobufCodec()]


@dataclass
class Document:
    """What an SDK keeps of a topic: its last publication, as a text."""

    text: str = ""
    patches: int = 0

    def take(self, pub: Mapping[str, Any]) -> None:
        """Take a publication, which is a text or a patch of the one before."""
        if pub.get("delta"):
            self.text = apply_delta(self.text.encode(), pub["data"].encode()).decode()
            self.patches += 1
        else:
            self.text = pub["data"]


def pushed(form: DataCodec, frame: Frame) -> Any:
    """Return the publication of a push."""
    message = form.join([frame]).event
    if "text" in message:
        return orjson.loads(message["text"])["push"]["pub"]
    [reply] = replies_of(message["bytes"])
    return object_of(reply, texts=True)["push"]["pub"]


def recovered(form: DataCodec, publications: Encoded) -> Any:
    """Return the publications of a result."""
    result = {"delta": True, "publications": publications}
    message = form.join([form.reply(1, "subscribe", result)]).event
    if "text" in message:
        return orjson.loads(message["text"])["subscribe"]["publications"]
    [reply] = replies_of(message["bytes"])
    return object_of(reply)["subscribe"]["publications"]


@dataclass
class Client:
    """A connection that follows one topic by patches, in one of the forms."""

    form: DataCodec
    document: Document = field(default_factory=Document)
    pubs: list[dict[str, Any]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # This is its own outbox.
        self.follower = DeltaFollower(cast("Any", self))

    def put(self, frame: Frame) -> None:
        """Be sent a push."""
        pub = pushed(self.form, frame)
        self.pubs.append(pub)
        self.document.take(pub)

    def lost(self, topic: str) -> None:
        """Be told of a hole."""
        self.missed.append(topic)


in_both_forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.name))

TABLE = [{"id": number, "name": f"Instrument {number}", "price": 1.5} for number in range(12)]


def _changed(changes: Mapping[int, Any]) -> list[dict[str, Any]]:
    return [{**row, "price": changes.get(place, 1.5)} for place, row in enumerate(TABLE)]


_PRICES = st.dictionaries(st.integers(0, 11), st.integers(-(2**53), 2**53) | TEXT, max_size=3)
_TABLES = _PRICES.map(_changed)
# A table of which some prices change, and now and then something else altogether.
DOCUMENTS: st.SearchStrategy[Any] = _TABLES | _TABLES | _TABLES | DATA
