"""A cache backend that answers from elsewhere, and breaks or drags when a test wants it to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

if TYPE_CHECKING:
    from collections.abc import Callable

REMOTE = {"default": {"BACKEND": "tests.realtime.caches.RemoteCache"}}

PAYLOAD = "what a person wrote"


class NoAnswerError(Exception):
    """What a backend raises that cannot be reached."""


@dataclass(slots=True)
class Server:
    """What all clients of the remote cache share: what it keeps, and how it fares."""

    kept: dict[str, Any] = field(default_factory=dict)
    timeouts: dict[str, float | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    is_broken: bool = False
    before: Callable[[str], None] = lambda operation: None

    def visit(self, operation: str) -> None:
        """Be asked something."""
        self.asked.append(operation)
        self.threads.add(threading.current_thread().name)
        self.before(operation)
        if self.is_broken:
            raise NoAnswerError(PAYLOAD)


SERVER = Server()


class RemoteCache(BaseCache):
    """Django's client of that server."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keep a value where there is none."""
        SERVER.visit("add")
        return SERVER.kept.setdefault(key, value) is value

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        """Return what there is of these."""
        SERVER.visit("get")
        return {key: SERVER.kept[key] for key in keys if key in SERVER.kept}

    def set_many(
        self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        """Keep all of these."""
        SERVER.visit("set")
        SERVER.kept.update(data)
        SERVER.timeouts.update(dict.fromkeys(data, timeout))
        return []

    def clear(self) -> None:
        """Empty and mend it."""
        fresh_server()


def fresh_server() -> Server:
    """Empty the server, mend it and return it."""
    new = Server()
    for name in Server.__slots__:
        setattr(SERVER, name, getattr(new, name))
    return SERVER
