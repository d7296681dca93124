"""The desk of this process: hears who comes and goes, and tells it after a while.

It joins the roster, the typists and the sightings with the engine that serves, and dies with it.
All its methods belong to the event loop of the server; what templates read may be read anywhere.

What it tells and writes later it does in a context of its own. That of the call that caused it may
be a request's, with its language and with its thread, which cannot be had again.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from presence import news, seen
from presence.alarm import Alarm
from presence.conf import Settings, settings
from presence.names import name_of
from presence.people import NOBODY, Attendance
from presence.recheck import Rechecks
from presence.rooms import SITE, is_room
from presence.roster import Roster
from presence.typists import Typists
from realtime import registry

if TYPE_CHECKING:
    from realtime.message import Change
    from realtime.registry import Engine

# So many publications are made in one turn of the event loop, then others have one.
PER_TURN = 64


@dataclass(eq=False, slots=True)
class Desk:
    """What one engine's people do."""

    engine: Engine
    loop: asyncio.AbstractEventLoop
    settings: Settings
    roster: Roster
    typists: Typists
    sightings: seen.Sightings
    rechecks: Rechecks
    graces: Alarm = field(init=False)
    silences: Alarm = field(init=False)
    _window: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _written: asyncio.Task[None] | None = None  # held, so that it is not collected
    _is_due: bool = False
    _typing: dict[str, None] = field(default_factory=dict)  # rooms where it changed who types
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.graces = Alarm(self.loop, lambda: self.roster.next_end, self._end_graces)
        self.silences = Alarm(self.loop, lambda: self.typists.next_end, self._end_silences)

    def hear(self, change: Change) -> None:
        """Be told that a connection began to follow a room, or follows it no more."""
        room, info = change.topic, change.info
        if not is_room(room):
            return
        if change.kind == "join":
            self.roster.enter(room, client=info.client, user=info.user, name=name_of(info))
        else:
            self.roster.leave(room, client=info.client)
            self.rechecks.left(room, info)
        if info.user:
            self._note(info.user)
        self.graces.set()
        self._gather()

    def hear_typing(self, room: str, *, user: str, name: str, stopped: bool) -> None:
        """Be told that somebody types in a room, or types no more."""
        if stopped:
            changed = self.typists.unmark(room, user=user)
        else:
            changed = self.typists.mark(room, user=user, name=name)
        self.silences.set()
        self._tell_typing(changed)

    async def write_sightings(self) -> None:
        """Write down who was seen. What cannot be written waits for the next time."""
        times = self.sightings.take()
        if not times:
            return
        try:
            await database_sync_to_async(seen.write)(times)
        except Exception as error:  # noqa: BLE001 - a database that is away may come back
            self.engine.instrumentation.fail("last seen", error)
            self.sightings.put_back(times)
            self._write_later()

    # Changes gather in one window for all rooms, which the first of them opens.

    def _gather(self) -> None:
        if self._window is None and self.roster.has_changed:
            without = "presence_batching" in self.engine.settings.without
            window = 0.0 if without else self.settings.window
            self._window = self.loop.call_later(window, self._close_window)

    def _close_window(self) -> None:
        self._window = None
        self._is_due = True
        self._publish()

    def _end_graces(self) -> None:
        self.roster.expire()
        self._gather()

    def _end_silences(self) -> None:
        self._tell_typing(self.typists.expire())

    def _tell_typing(self, rooms: list[str]) -> None:
        if rooms:
            self._typing.update(dict.fromkeys(rooms))
            self._publish()

    def _note(self, user: str) -> None:
        self.sightings.note(user)
        self._write_later()

    def _write_later(self) -> None:
        if self._writing is None:
            self._writing = self.loop.call_later(
                self.settings.last_seen_interval, self._write, context=Context()
            )

    def _write(self) -> None:
        self._writing = None
        self._written = self.loop.create_task(self.write_sightings())

    # One task publishes, so that nothing overtakes what was told before.

    def _publish(self) -> None:
        if self._task is None:
            self._task = self.loop.create_task(self._run(), context=Context())

    async def _run(self) -> None:
        try:
            while self._is_due or self._typing:
                await self._publish_diffs()
                await self._publish_typing()
        finally:
            self._task = None

    async def _publish_diffs(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        for number, diff in enumerate(self.roster.flush(), 1):
            if not await news.tell(diff):
                self.roster.missed(diff.room)
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
        if self.engine.pubsub.loop is not None:  # else nobody is left to be told
            self._gather()

    async def _publish_typing(self) -> None:
        rooms, self._typing = self._typing, {}
        for number, room in enumerate(rooms, 1):
            await news.tell_typing(room, self.typists.names(room))
            if number % PER_TURN == 0:
                await asyncio.sleep(0)


_desk: Desk | None = None


def desk() -> Desk:
    """Return the desk of the engine that serves on the running event loop."""
    global _desk
    engine = registry.engine()
    if _desk is None or _desk.engine is not engine:
        _desk = _new_desk(engine)
    return _desk


def attendance(room: str, *, limit: int) -> Attendance:
    """Return who is in a room, from any thread."""
    known = _known_desk()
    return known.roster.attendance(room, limit=limit) if known is not None else NOBODY


def typing_in(room: str) -> list[str]:
    """Return the names of those who type in a room, from any thread."""
    known = _known_desk()
    return known.typists.names(room) if known is not None else []


def is_online(user: str) -> bool:
    """Return whether a user is online, from any thread."""
    known = _known_desk()
    return known is not None and known.roster.has(SITE, user)


async def settle() -> None:
    """Write down what waits, because the server stops."""
    known = _known_desk()
    if known is not None:
        await known.write_sightings()


def settle_at_exit() -> None:
    """Write down what still waits, because the process ends and its server did not say so."""
    known = _known_desk()
    times = known.sightings.take() if known is not None else {}
    try:
        seen.write(times)
    except Exception as error:  # noqa: BLE001 - nobody is left who could try again
        registry.engine().instrumentation.fail("last seen", error)


def _known_desk() -> Desk | None:
    return _desk if _desk is not None and _desk.engine is registry.engine() else None


def _new_desk(engine: Engine) -> Desk:
    loop, wanted, dropped = asyncio.get_running_loop(), settings(), engine.instrumentation.dropped
    return Desk(
        engine=engine,
        loop=loop,
        settings=wanted,
        roster=Roster(
            clock=loop.time, grace=wanted.grace, max_changes=wanted.max_changes, dropped=dropped
        ),
        typists=Typists(
            clock=loop.time, ttl=wanted.typing_ttl, limit=wanted.max_typists, dropped=dropped
        ),
        sightings=seen.Sightings(limit=wanted.last_seen_max, dropped=dropped),
        rechecks=Rechecks(engine=engine, loop=loop),
    )
