"""The channel layer's channels: bounded mailboxes that follow groups through the hub.

A mailbox exists while somebody waits on it, it holds a message, or it is in a group. Messages and
memberships expire. Both are kept in the order in which they expire, so that each is looked at
once when its time has come, and nothing ever scans all channels or all groups.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from realtime.codecs.mailbox import Parcel, pack
from realtime.message import Frame, Publication

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime.hub import Hub
    from realtime.instrumentation import Instrumentation

CODEC = "mailbox"


@dataclass(eq=False, slots=True)
class Letter:
    """One message in one mailbox, and the time at which it expires."""

    mailbox: Mailbox
    parcel: Parcel
    expires_at: float


@dataclass(eq=False, slots=True)
class Mailbox:
    """One channel's messages, the oldest first."""

    channel: str
    capacity: int
    office: Mailboxes
    letters: deque[Letter] = field(default_factory=deque)
    waiters: deque[asyncio.Future[None]] = field(default_factory=deque)
    groups: set[str] = field(default_factory=set)

    def put(self, frame: Frame) -> None:
        """Take a group's message. A full mailbox loses it, which is counted."""
        if not self.deliver(frame):
            self.office.instrumentation.dropped["mailbox"] += 1

    def lost(self, topic: str) -> None:
        """Groups have no history, so none of their messages is ever missed."""

    def deliver(self, frame: Frame) -> bool:
        """Take a message; return False if the mailbox is full."""
        if len(self.letters) >= self.capacity or not isinstance(frame, Parcel):
            return False
        letter = Letter(self, frame, self.office.clock() + self.office.expiry)
        self.letters.append(letter)
        self.office.unread[letter] = None
        self.wake()
        return True

    def wake(self) -> None:
        """Let one who waits have a look."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    @property
    def idle(self) -> bool:
        """True if nobody would miss this mailbox."""
        return not (self.letters or self.waiters or self.groups)


@dataclass(slots=True, kw_only=True)
class Mailboxes:
    """All mailboxes of one channel layer, on one event loop. Times are in seconds."""

    hub: Hub
    instrumentation: Instrumentation
    expiry: float
    group_expiry: float
    capacity_of: Callable[[str], int]
    clock: Callable[[], float]
    unread: OrderedDict[Letter, None] = field(default_factory=OrderedDict)
    _mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    _members: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

    def send(self, channel: str, message: dict[str, Any]) -> bool:
        """Put a message into a channel; return False if it is full."""
        self._expire()
        mailbox = self._open(channel)
        delivered = mailbox.deliver(pack(message))
        self._close_if_idle(mailbox)
        return delivered

    async def receive(self, channel: str) -> Any:
        """Wait for the channel's next message. Each message reaches one of those who wait."""
        while True:
            self._expire()
            # Opened anew on each turn: one that was idle for a moment has been closed.
            mailbox = self._open(channel)
            try:
                if mailbox.letters:
                    return self._next(mailbox).open()
                await self._wait(mailbox)
            finally:
                self._close_if_idle(mailbox)

    def group_add(self, group: str, channel: str) -> None:
        """Let a channel have what is sent to a group, until `group_expiry` from now."""
        self._expire()
        mailbox = self._open(channel)
        mailbox.groups.add(group)
        self.hub.subscribe(_topic(self, group), CODEC, mailbox)
        self._members[group, channel] = self.clock() + self.group_expiry
        self._members.move_to_end((group, channel))

    def group_discard(self, group: str, channel: str) -> None:
        """Undo `group_add`; a channel that is no member is no error."""
        self._members.pop((group, channel), None)
        mailbox = self._mailboxes.get(channel)
        if mailbox is not None:
            mailbox.groups.discard(group)
            self.hub.unsubscribe(_topic(self, group), CODEC, mailbox)
            self._close_if_idle(mailbox)

    def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to all channels of a group."""
        self._expire()
        topic = _topic(self, group)
        if self.hub.router.followers(topic):
            parcel = pack(message)  # here, so that the sender hears of what cannot be copied
            self.hub.dispatch(Publication(topic=topic, data=parcel, json=b"", offset=0, epoch=""))

    def flush(self) -> None:
        """Forget all messages and memberships; those who wait go on waiting."""
        for group, channel in list(self._members):
            self.group_discard(group, channel)
        for mailbox in list(self._mailboxes.values()):
            mailbox.letters.clear()
            self._close_if_idle(mailbox)
        self.unread.clear()

    def inherit(self, other: Mailboxes) -> None:
        """Take over the messages and memberships of an office whose event loop is gone."""
        for group, channel in other._members:
            self.group_add(group, channel)
        for letter in other.unread:
            mailbox = self._open(letter.mailbox.channel)
            moved = Letter(mailbox, letter.parcel, letter.expires_at)
            mailbox.letters.append(moved)
            self.unread[moved] = None

    def __len__(self) -> int:
        return len(self._mailboxes)

    def _open(self, channel: str) -> Mailbox:
        mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            mailbox = Mailbox(channel, self.capacity_of(channel), self)
            self._mailboxes[channel] = mailbox
        return mailbox

    def _close_if_idle(self, mailbox: Mailbox) -> None:
        if mailbox.idle and self._mailboxes.get(mailbox.channel) is mailbox:
            del self._mailboxes[mailbox.channel]

    def _next(self, mailbox: Mailbox) -> Parcel:
        letter = mailbox.letters.popleft()
        del self.unread[letter]
        return letter.parcel

    async def _wait(self, mailbox: Mailbox) -> None:
        waiter = asyncio.get_running_loop().create_future()
        mailbox.waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                mailbox.wake()  # it was this one's turn: pass it on
            elif waiter in mailbox.waiters:
                mailbox.waiters.remove(waiter)
            raise

    def _expire(self) -> None:
        now = self.clock()
        while self._members and next(iter(self._members.values())) <= now:
            self.group_discard(*next(iter(self._members)))
        while self.unread and next(iter(self.unread)).expires_at <= now:
            self._drop(next(iter(self.unread)).mailbox)

    def _drop(self, mailbox: Mailbox) -> None:
        # A message that nobody fetched is the sign of a consumer that died: it leaves its groups.
        self._next(mailbox)
        self.instrumentation.dropped["expired"] += 1
        for group in list(mailbox.groups):
            self.group_discard(group, mailbox.channel)
        self._close_if_idle(mailbox)


def _topic(office: Mailboxes, group: str) -> str:
    # A slash is no part of a public topic's name, so the two can never be confused.
    return f"group/{id(office)}/{group}"
