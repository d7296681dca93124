"""Who is connected: one entry a connection, indexed by user and by session.

The entry is the connection itself. It comes before its socket is accepted and goes in the
`finally` of its consumer; nothing else holds on to it.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime.message import Frame
    from realtime.outbox import Ending, Outbox

# For how many seconds, and how many of them, ended sessions are remembered: longer than a slow
# handshake takes, and more than can end meanwhile.
ENDED_TTL = 60.0
MAX_ENDED = 10_000


class Host(Protocol):
    """What serves a connection, and changes what it follows although its client did not ask."""

    async def subscribe(self, topic: str, *, info: Any = None, data: Any = None) -> None:
        """Let the client follow a topic, and tell it; raise `CommandError` 102, 103 or 106.

        `info` is what others may know of it there, `data` what it is told itself: any JSON.
        """
        ...

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Let the client follow a topic no more, and tell it why."""
        ...


@dataclass(eq=False, slots=True, kw_only=True)
class Connection:
    """One socket of one client.

    `user` is the user's id as text, empty for a guest; `session` a digest of the session's key,
    empty where there is none. `farewell` makes the frame that precedes a close, `revocation` is
    how this kind of socket ends when its credentials do.
    """

    id: str
    socket: str
    user: str
    session: str
    outbox: Outbox
    farewell: Callable[[int, str], Frame | None]
    revocation: Ending
    topics: set[str] = field(default_factory=set)
    host: Host | None = None

    def close(self, code: int, reason: str) -> None:
        """Close after what waits in the outbox has left."""
        self.outbox.close(code, reason, last=self.farewell(code, reason))


@dataclass(slots=True)
class Connections:
    """The connections of this process.

    A session that ended stays known for a while: a handshake may have read it just before.
    `clock` is monotonic, in seconds.
    """

    clock: Callable[[], float] = time.monotonic

    _all: set[Connection] = field(default_factory=set)
    _by_id: dict[str, Connection] = field(default_factory=dict)
    _by_user: dict[str, set[Connection]] = field(default_factory=dict)
    _by_session: dict[str, set[Connection]] = field(default_factory=dict)
    _ended: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def add(self, connection: Connection) -> None:
        """Enter a connection into all indexes; close it if its session has ended already."""
        self._all.add(connection)
        self._by_id[connection.id] = connection
        _index(self._by_user, connection.user, connection)
        _index(self._by_session, connection.session, connection)
        if self.clock() - self._ended.get(connection.session, -math.inf) < ENDED_TTL:
            _revoke([connection])

    def remove(self, connection: Connection) -> None:
        """Take a connection out of all indexes; twice does no harm."""
        self._all.discard(connection)
        self._by_id.pop(connection.id, None)
        _unindex(self._by_user, connection.user, connection)
        _unindex(self._by_session, connection.session, connection)

    def identify(self, connection: Connection, *, user: str, session: str) -> None:
        """Enter a connection anew, of which it is known only now whose it is."""
        self.remove(connection)
        connection.user, connection.session = user, session
        self.add(connection)

    def revoke_user(self, user: str) -> int:
        """Close all connections of a user who may no longer be connected; return how many."""
        return _revoke(self._by_user.get(user, ()))

    def revoke_session(self, session: str) -> int:
        """Close all connections of a session that ended; return how many there were."""
        if session:
            self._ended[session] = self.clock()
            self._ended.move_to_end(session)
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)
        return _revoke(self._by_session.get(session, ()))

    def alive(self, client: str) -> bool:
        """Return whether a client's connection is still there, and may still be sent to."""
        one = self._by_id.get(client)
        return one is not None and not one.outbox.over

    def of(self, user: str, client: str = "") -> list[Connection]:
        """Return a user's connections, or only the one with the id `client` if it is the user's.

        Guests have no user (it is empty), so each is found by its `client` alone.
        """
        if client:
            one = self._by_id.get(client)
            return [one] if one is not None and one.user == user else []
        return list(self._by_user.get(user, ()))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def users(self) -> int:
        """How many different users are connected."""
        return len(self._by_user)


def _index(index: dict[str, set[Connection]], key: str, connection: Connection) -> None:
    if key:
        index.setdefault(key, set()).add(connection)


def _unindex(index: dict[str, set[Connection]], key: str, connection: Connection) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(connection)
        if not members:
            del index[key]


def _revoke(connections: Iterable[Connection]) -> int:
    revoked = list(connections)
    for connection in revoked:
        connection.close(connection.revocation.code, connection.revocation.reason)
    return len(revoked)
