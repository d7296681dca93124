"""Who is connected: one entry a connection, indexed by user and by session, counted by address.

The entry is the connection itself. It comes before its socket is accepted and goes in the
`finally` of its consumer; nothing else holds on to it.
"""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from realtime import protocol
from realtime.limits import is_full
from realtime.outbox import Ending
from realtime.terms import AS_DECLARED, NO_TERMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime.expiry import Deadline
    from realtime.message import Follower, Frame
    from realtime.outbox import Outbox
    from realtime.terms import Override, Terms

# For how many seconds ended sessions are remembered, and how many of them and of revoked users:
# longer than a slow handshake takes, and more than can end meanwhile.
ENDED_TTL = 60.0
MAX_ENDED = 10_000

SHUTDOWN = Ending(protocol.SHUTDOWN, "shutdown")


class Host(Protocol):
    """What serves a connection, and changes what it follows although its client did not ask."""

    session: str  # the secret by which requests of a client without WebSockets name it

    async def subscribe(self, topic: str, terms: Terms = NO_TERMS) -> None:
        """Let the client follow a topic, and tell it; raise `CommandError` 102, 103 or 106."""
        ...

    def unsubscribe(self, topic: str, code: int, reason: str) -> None:
        """Let the client follow a topic no more, and tell it why, if it follows or is about to."""
        ...

    def end_at(self, expires_at: int) -> None:
        """Let the connection end then, in seconds since 1970, unless its client refreshes it."""
        ...


@dataclass(eq=False, slots=True, kw_only=True)
class Subscription:
    """How a connection follows a topic.

    `codec` and `follower` are what the hub knows of it. `server_side` is one for which the site
    asked; `info` is what others are told of the client there, `override` how it differs from them;
    `deadline` waits for its end.
    """

    codec: str
    follower: Follower
    server_side: bool = False
    info: Any = None
    override: Override = AS_DECLARED
    deadline: Deadline | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Connection:
    """One socket of one client.

    `user` is the user's id as text, empty for a guest; `session` a digest of the session's key,
    empty where there is none; `address` is the peer's, empty where the server does not know it.
    A `seated` connection counts as one of its user's; `begun` is when that began to be loaded, by
    the registry's clock. `farewell` makes the frame that precedes a close; this kind of socket ends
    by `revocation` when its credentials do, by `shutdown` when the server does.
    """

    id: str
    socket: str
    user: str
    session: str
    outbox: Outbox
    farewell: Callable[[int, str], Frame | None]
    revocation: Ending
    shutdown: Ending = SHUTDOWN
    topics: dict[str, Subscription] = field(default_factory=dict)
    host: Host | None = None
    address: str = ""
    seated: bool = False
    begun: float = math.inf

    def close(self, code: int, reason: str) -> None:
        """Close after what waits in the outbox has left."""
        self.outbox.close(code, reason, last=self.farewell(code, reason))


@dataclass(slots=True)
class Connections:
    """The connections of this process.

    A session that ended stays known for a while, and so does a user whose credentials did: a
    handshake may have read them just before. `clock` is monotonic, in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    # The server stops: nobody new is let in.
    closing: bool = False

    _all: set[Connection] = field(default_factory=set)
    _by_id: dict[str, Connection] = field(default_factory=dict)
    _by_user: dict[str, set[Connection]] = field(default_factory=dict)
    _by_session: dict[str, set[Connection]] = field(default_factory=dict)
    _from_address: Counter[str] = field(default_factory=Counter)
    _seated: Counter[str] = field(default_factory=Counter)  # by user
    _ended: OrderedDict[str, float] = field(default_factory=OrderedDict)  # by session
    _revoked: OrderedDict[str, float] = field(default_factory=OrderedDict)  # by user

    def add(self, connection: Connection) -> None:
        """Enter a connection into all indexes; close it if its credentials have ended already."""
        self._all.add(connection)
        self._by_id[connection.id] = connection
        _count(self._from_address, connection.address, 1)
        _index(self._by_user, connection.user, connection)
        _index(self._by_session, connection.session, connection)
        if self._is_over(connection):
            _revoke([connection])

    def remove(self, connection: Connection) -> None:
        """Take a connection out of all indexes; twice does no harm."""
        if connection not in self._all:
            return
        self._all.remove(connection)
        _count(self._from_address, connection.address, -1)
        if connection.seated:
            _count(self._seated, connection.user, -1)
            connection.seated = False
        self._by_id.pop(connection.id, None)
        _unindex(self._by_user, connection.user, connection)
        _unindex(self._by_session, connection.session, connection)

    def seat(self, connection: Connection, *, limit: int) -> bool:
        """Count a connection as one of its user's; return False if so many there are already."""
        if not connection.seated:
            if is_full(self.of_user(connection.user), limit):
                return False
            connection.seated = True
            _count(self._seated, connection.user, 1)
        return True

    def of_user(self, user: str) -> int:
        """Return how many connections of a user were let in; guests are nobody's."""
        return self._seated[user]

    def from_address(self, address: str) -> int:
        """Return how many connections came from an address; none from an unknown one."""
        return self._from_address[address]

    def identify(self, connection: Connection, *, user: str, session: str) -> None:
        """Enter a connection anew, of which it is known only now whose it is."""
        stays = connection.seated and connection.user == user
        self.remove(connection)
        connection.user, connection.session = user, session
        self.add(connection)
        if stays:
            self.seat(connection, limit=0)

    def revoke_user(self, user: str) -> int:
        """Close all connections of a user whose credentials ended; return how many there were.

        Those that are still about to load the user are not meant: they will see what has changed.
        """
        _remember(self._revoked, user, self.clock())
        return _revoke(self._by_user.get(user, ()))

    def revoke_session(self, session: str) -> int:
        """Close all connections of a session that ended; return how many there were."""
        _remember(self._ended, session, self.clock())
        return _revoke(self._by_session.get(session, ()))

    def everybody(self) -> list[Connection]:
        """Return all connections. It costs as much as there are, so it is for the end alone."""
        return list(self._all)

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

    def _is_over(self, connection: Connection) -> bool:
        if self.clock() - self._ended.get(connection.session, -math.inf) < ENDED_TTL:
            return True
        # A user may sign in again right after a change of the password, and is not meant then.
        return connection.begun <= self._revoked.get(connection.user, -math.inf)


def _remember(ended: OrderedDict[str, float], key: str, now: float) -> None:
    if key:
        ended[key] = now
        ended.move_to_end(key)
    if len(ended) > MAX_ENDED:
        ended.popitem(last=False)


def _count(counter: Counter[str], key: str, change: int) -> None:
    if key:
        counter[key] += change
        if not counter[key]:
            del counter[key]


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
