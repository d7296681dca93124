"""Who follows a topic, where the topic wants that to be known.

A member is one connection. It enters when it follows the topic and goes when it does not any more,
so what is told is exact as long as every connection takes its leave. For those that do not, each
connection has a lease. Leases stand in the order in which they end; one that has ended is renewed
if its connection lives, else the client is taken out of its topics. So each is looked at once in
`ttl` seconds, one entry in the heartbeat's wheel serves all, and nothing ever scans a topic.

Members are bounded as connections and their topics are. Whoever carries presence between processes
may answer `members` and `stats` from elsewhere, which is why they are awaited.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from realtime.message import Change, ClientInfo
from realtime.terms import AS_DECLARED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from realtime.catalog import Catalog
    from realtime.heartbeat import Heartbeat
    from realtime.hub import Hub
    from realtime.instrumentation import Instrumentation
    from realtime.terms import Override


@dataclass(frozen=True, slots=True)
class Stats:
    """How many connections follow a topic, and of how many users; guests count as one user."""

    clients: int
    users: int


@dataclass(eq=False, slots=True)
class _Room:
    """One topic's members by client, and how many connections each user has among them.

    `uncounted` are there as well, but only those who hear of changes know. The room `announces`
    who comes and goes, but not the `silent`.
    """

    announces: bool
    members: dict[str, ClientInfo] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    uncounted: dict[str, ClientInfo] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def add(self, info: ClientInfo, *, counts: bool) -> None:
        if not counts:
            self.uncounted[info.client] = info
            return
        self.members[info.client] = info
        self.users[info.user] = self.users.get(info.user, 0) + 1

    def remove(self, client: str) -> ClientInfo:
        info = self.uncounted.pop(client, None)
        if info is not None:
            return info
        info = self.members.pop(client)
        self.users[info.user] -= 1
        if not self.users[info.user]:
            del self.users[info.user]
        return info

    def __contains__(self, client: str) -> bool:
        return client in self.members or client in self.uncounted

    def __len__(self) -> int:
        return len(self.members) + len(self.uncounted)


@dataclass(eq=False, slots=True)
class _Lease:
    """Until when a client is believed to be there, and the topics of which it is a member.

    A list, because they are one or two: an empty set alone is twice as big.
    """

    ends_at: float
    topics: list[str] = field(default_factory=list)


@dataclass(eq=False, slots=True, kw_only=True)
class Presence:
    """The members of this process's topics. All methods belong to the event loop of the server.

    `alive` says whether the connection of a client still is; `ttl` is in seconds, as is the clock.
    """

    hub: Hub
    catalog: Catalog
    heartbeat: Heartbeat
    instrumentation: Instrumentation
    alive: Callable[[str], bool]
    ttl: float
    clock: Callable[[], float]
    # Told of everybody who comes and goes, on any topic that has presence.
    watchers: Sequence[Callable[[Change], None]] = ()
    slot: int = 0  # in the heartbeat's wheel
    _rooms: dict[str, _Room] = field(default_factory=dict)
    # Not a plain dict: finding the first key of one from which many first ones left is slow.
    _leases: OrderedDict[str, _Lease] = field(default_factory=OrderedDict)

    def enter(self, topic: str, info: ClientInfo, override: Override = AS_DECLARED) -> None:
        """Count a client among those who follow, and announce it, where the topic wants that.

        An `override` hides it from the one, from the other, or from both. One that is a member
        already stays what it is.
        """
        resolved = self.catalog.resolve(topic)
        if resolved is None:
            return
        counts = override.presence is not False
        announces = resolved.options.join_leave and override.join_leave is not False
        seen = announces or (counts and resolved.options.presence)
        room = self._rooms.get(topic)
        if not seen or (room is not None and info.client in room):
            return
        if room is None:
            room = self._rooms[topic] = _Room(resolved.options.join_leave)
        room.add(info, counts=counts)
        self._lease_of(info.client).topics.append(topic)
        if announces:
            self.hub.announce(Change("join", topic, info))
        elif room.announces:
            room.silent.add(info.client)
        if counts:
            self._tell(Change("join", topic, info))

    def leave(self, topic: str, client: str) -> None:
        """Undo `enter`; a client that is no member is no error."""
        if client not in self._rooms.get(topic, ()):
            return
        lease = self._leases[client]
        lease.topics.remove(topic)
        if not lease.topics:
            self._end(client)
        self._remove(topic, client)

    async def members(self, topic: str) -> Mapping[str, ClientInfo]:
        """Return who follows the topic, by client, in the order in which they came."""
        room = self._rooms.get(topic)
        return dict(room.members) if room is not None else {}

    async def stats(self, topic: str) -> Stats:
        """Return how many follow the topic; costs the same however many they are."""
        room = self._rooms.get(topic)
        return Stats(len(room.members), len(room.users)) if room is not None else Stats(0, 0)

    def expire(self) -> None:
        """Be woken by the heartbeat: look at the leases that have ended."""
        now = self.clock()
        while self._leases:
            client, lease = next(iter(self._leases.items()))
            if lease.ends_at > now:
                self.heartbeat.schedule(self, lease.ends_at - now)
                return
            if self.alive(client):
                lease.ends_at = now + self.ttl
                self._leases.move_to_end(client)
            else:
                self._forget(client, lease)

    def __len__(self) -> int:
        """Return how many clients are present on some topic."""
        return len(self._leases)

    def _lease_of(self, client: str) -> _Lease:
        lease = self._leases.get(client)
        if lease is None:
            lease = self._leases[client] = _Lease(self.clock() + self.ttl)
            if len(self._leases) == 1:
                self.heartbeat.schedule(self, self.ttl)
        return lease

    def _end(self, client: str) -> None:
        del self._leases[client]
        if not self._leases:
            self.heartbeat.cancel(self)

    def _forget(self, client: str, lease: _Lease) -> None:
        self._end(client)
        self.instrumentation.presence_expired += 1
        for topic in lease.topics:
            self._remove(topic, client)

    def _remove(self, topic: str, client: str) -> None:
        room = self._rooms[topic]
        counted = client in room.members
        info = room.remove(client)
        if not room:
            del self._rooms[topic]
        if room.announces and client not in room.silent:
            self.hub.announce(Change("leave", topic, info))
        room.silent.discard(client)
        if counted:
            self._tell(Change("leave", topic, info))

    def _tell(self, change: Change) -> None:
        for watcher in self.watchers:
            try:
                watcher(change)
            except Exception as error:  # noqa: BLE001 - an app's defect keeps nobody from coming
                self.instrumentation.fail("presence watcher", error)
