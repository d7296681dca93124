"""What tests of the codecs publish: JSON of every kind, and who publishes it."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import strategies as st

from realtime.message import ClientInfo, Publication

TOPIC = "chat.room.lobby"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DATA: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
INFOS = st.builds(ClientInfo, user=TEXT, client=TEXT.filter(bool), conn_info=DATA, chan_info=DATA)
OFFSETS = st.integers(0, 2**63)


def publication(data: Any = None, *, offset: int = 0, epoch: str = "e", **more: Any) -> Publication:
    """Return a publication as the broker hands it over."""
    return Publication(TOPIC, data, orjson.dumps(data), offset, epoch, **more)


PUBLICATIONS = st.builds(
    publication,
    DATA,
    offset=OFFSETS,
    info=st.none() | INFOS,
    tags=st.none() | st.dictionaries(TEXT, TEXT, max_size=3),
)
