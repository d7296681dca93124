"""The things that travel: plain, frozen, slotted, without behaviour; and who takes them.

A publication is made once, in the publish room, and never changed. Its JSON text is made at the
same moment, so that no later room has to encode the data again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Overflow = Literal["close", "drop_oldest", "latest"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a topic's history: `offset` counts from 1, 0 is "nothing yet".

    Offsets can be compared only within one `epoch`; a history that was lost starts another.
    """

    offset: int
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInfo:
    """Who somebody is: `user` is the user's id as text, empty for a guest; `client` a connection.

    `conn_info` is what the client's credentials tell others of it, `chan_info` what they tell on
    one topic: any JSON, or None.
    """

    user: str
    client: str
    conn_info: Any = None
    chan_info: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody began to follow a topic, or follows it no more."""

    kind: Literal["join", "leave"]
    topic: str
    info: ClientInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody asked to publish, checked and encoded, before the broker gave it an offset.

    `id` makes a repetition harmless (see `dedup`); `json` is the UTF-8 JSON text of `data`. `tags`
    are short texts beside the data; with `skip_history` the topic's history does not keep it.
    """

    topic: str
    data: Any
    json: bytes
    id: str = ""
    info: ClientInfo | None = None
    published_at: float = 0.0
    tags: Mapping[str, str] | None = None
    skip_history: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """One event on a topic. `offset` is 0 where the topic keeps no history.

    `published_at` is in seconds since 1970, by the clock of the process that published.
    """

    topic: str
    data: Any
    json: bytes
    offset: int
    epoch: str
    id: str = ""
    info: ClientInfo | None = None
    published_at: float = 0.0
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One publication, reply or push as the text of one socket kind, shared by all its readers.

    `size` is in bytes of UTF-8; `overflow` says what a full outbox does with it; `offset` and
    `epoch` are the publication's, if it is one that has them. A frame equals only itself.
    """

    text: str
    size: int
    topic: str = ""
    overflow: Overflow = "close"
    offset: int = 0
    epoch: str = ""


class Follower(Protocol):
    """An outbox, or a channel's mailbox."""

    def put(self, frame: Frame) -> None:
        """Take a frame. It must not wait, raise, or change subscriptions."""
        ...

    def lost(self, topic: str) -> None:
        """Be told that publications of a topic were missed. It may change subscriptions."""
        ...
