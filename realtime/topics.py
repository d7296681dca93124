"""What an app writes to declare topics and to publish on them.

    room = Topic("chat.room.{slug}", fragment="chat/live/message.html", can_subscribe=may_read)
    room(slug="lobby").publish({"text": "hi"})

A declaration belongs into an app's `topics.py`, which is found when Django starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, transaction

from realtime import registry
from realtime.catalog import Options, Permission
from realtime.exceptions import ConfigurationError
from realtime.permissions import check_permission
from realtime.protocol import UNSUBSCRIBED
from realtime.pubsub import refuse_on_event_loop
from realtime.router import Pattern

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from realtime.history import History
    from realtime.message import Change, ClientInfo, Overflow, Publication
    from realtime.presence import Presence, Stats


@dataclass(frozen=True, slots=True)
class BoundTopic:
    """One topic: a declaration with its parameters filled in."""

    name: str

    def publish(self, data: Any, *, id: str = "", using: str = DEFAULT_DB_ALIAS) -> None:
        """Publish `data` when the running transaction of database `using` commits, else at once.

        Without a transaction it returns when the publication is on its way. A repeated `id` is
        published once. Raises what `PubSub.draft` and `PubSub.publish` raise; what is wrong with
        topic, data or process is raised here, also inside of a transaction.
        """
        refuse_on_event_loop("publish")
        pubsub = registry.engine().pubsub
        draft = pubsub.draft(self.name, data, id=id)
        pubsub.serving_loop()  # refused here, because after the commit it would be too late
        publish = partial(pubsub.publish, draft)
        if _may_be_in_transaction(using):
            transaction.on_commit(publish, using=using)
        else:
            publish()

    async def apublish(self, data: Any, *, id: str = "") -> None:
        """Publish `data` at once, from a coroutine. Raises what `publish` raises."""
        pubsub = registry.engine().pubsub
        await pubsub.apublish(pubsub.draft(self.name, data, id=id))

    def unsubscribe(self, user: object, *, using: str = DEFAULT_DB_ALIAS) -> None:
        """Let no connection of a user follow the topic any more; `user` is the primary key.

        When the running transaction of database `using` commits, else at once: a client that
        comes back must find that it may not. Data sockets are told (code 2000), pages keep what
        they show. Raises `NotServingError` where no sockets are served.
        """
        refuse_on_event_loop("unsubscribe")
        pubsub = registry.engine().pubsub
        pubsub.serving_loop()  # refused here, because after the commit it would be too late

        def unsubscribe() -> None:
            pubsub.from_thread(self._unsubscribe, str(user))

        if _may_be_in_transaction(using):
            transaction.on_commit(unsubscribe, using=using)
        else:
            unsubscribe()

    async def aunsubscribe(self, user: object) -> None:
        """Let no connection of a user follow the topic any more at once, from a coroutine."""
        await registry.engine().pubsub.on_loop(self._unsubscribe, str(user))

    async def _unsubscribe(self, user: str) -> None:
        for connection in registry.engine().connections.of(user):
            if connection.host is not None:
                connection.host.unsubscribe(self.name, UNSUBSCRIBED, "permission denied")

    def presence(self) -> Mapping[str, ClientInfo]:
        """Return who follows the topic now, by the id of the connection; from any thread.

        Raises `ConfigurationError` for a topic that is not declared with `presence`, and
        `NotServingError` where no sockets are served.
        """
        refuse_on_event_loop("presence")
        return registry.engine().pubsub.from_thread(self._presence().members, self.name)

    async def apresence(self) -> Mapping[str, ClientInfo]:
        """Return who follows the topic now, from a coroutine. Raises what `presence` raises."""
        return await registry.engine().pubsub.on_loop(self._presence().members, self.name)

    def presence_stats(self) -> Stats:
        """Return how many follow the topic now. Raises what `presence` raises."""
        refuse_on_event_loop("presence_stats")
        return registry.engine().pubsub.from_thread(self._presence().stats, self.name)

    async def apresence_stats(self) -> Stats:
        """Return how many follow the topic now, from a coroutine."""
        return await registry.engine().pubsub.on_loop(self._presence().stats, self.name)

    def _presence(self) -> Presence:
        resolved = registry.catalog.resolve(self.name)
        if resolved is None or not resolved.options.presence:
            raise ConfigurationError(
                f'Who follows "{self.name}" is not known. Declare its Topic with presence=True.'
            )
        return registry.engine().presence

    def __str__(self) -> str:
        return self.name


class Topic:
    """A declaration of the topics whose names follow a pattern such as `chat.room.{slug}`.

    `fragment` is the template that shows a publication on the HTML socket; without one, HTML
    pages do not get it. With `presence` it is known who follows a topic, with `join_leave` its
    followers may hear who comes and goes; with `delta` clients that can apply patches get only what
    changed. `can_subscribe`, `can_publish`, `can_history` and
    `can_presence` are `"anyone"`, `"signed_in"`, `"staff"`, `"nobody"` or a function
    `(client, **parameters) -> bool`, sync or async.
    """

    __slots__ = ("options", "pattern")

    def __init__(
        self,
        pattern: str,
        *,
        fragment: str = "",
        history: History | None = None,
        overflow: Overflow = "close",
        can_subscribe: Permission = "nobody",
        can_publish: Permission = "nobody",
        can_history: Permission = "nobody",
        can_presence: Permission = "nobody",
        presence: bool = False,
        join_leave: bool = False,
        delta: bool = False,
    ) -> None:
        check_permission(can_subscribe)
        check_permission(can_publish)
        check_permission(can_history)
        check_permission(can_presence)
        self.pattern = Pattern(pattern)
        self.options = Options(
            fragment=fragment,
            history=history,
            overflow=overflow,
            can_subscribe=can_subscribe,
            can_publish=can_publish,
            can_history=can_history,
            can_presence=can_presence,
            presence=presence,
            join_leave=join_leave,
            delta=delta,
        )
        registry.catalog.add(self.pattern, self.options)

    def __call__(self, **parameters: object) -> BoundTopic:
        """Return the topic with these parameters; raise `InvalidTopicError` if one does not fit."""
        return BoundTopic(self.pattern.fill(parameters))


def _may_be_in_transaction(using: str) -> bool:
    # Asking Django for the commit would connect a thread that has no use for the database.
    connection = transaction.get_connection(using)
    return connection.in_atomic_block or connection.connection is not None


def subscriber(
    pattern: str,
) -> Callable[[Callable[[Publication], Awaitable[None]]], Callable[[Publication], Awaitable[None]]]:
    """Let an async function of an app's `subscribers.py` follow the topics of a pattern."""

    def declare(
        function: Callable[[Publication], Awaitable[None]],
    ) -> Callable[[Publication], Awaitable[None]]:
        registry.declared_subscribers.append((Pattern(pattern), function))
        return function

    return declare


def on_presence(function: Callable[[Change], None]) -> Callable[[Change], None]:
    """Let a function of an app's `subscribers.py` hear of each connection that comes or goes.

    On every topic that has presence, on the event loop, in the order in which it happens: the
    function must not wait.
    """
    registry.declared_watchers.append(function)
    return function
