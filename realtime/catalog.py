"""Which topics exist: what apps declare, and what was declared of one topic's name.

Topics are closed by default: a name that no declaration matches does not exist, and a declared
topic lets nobody subscribe or publish until it says who may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from realtime.exceptions import ConfigurationError, TermsError

if TYPE_CHECKING:
    from realtime.history import History
    from realtime.message import Overflow
    from realtime.router import Pattern
    from realtime.terms import Override

# A name such as "anyone", or a callable (client, **parameters) -> bool, sync or async.
Permission = str | Callable[..., Any]

CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a declaration says of its topics."""

    fragment: str = ""
    history: History | None = None
    overflow: Overflow = "close"
    can_subscribe: Permission = "nobody"
    can_publish: Permission = "nobody"
    can_history: Permission = "nobody"
    can_presence: Permission = "nobody"
    presence: bool = False
    join_leave: bool = False
    delta: bool = False

    def __post_init__(self) -> None:
        recovered = self.history is not None and self.history.recovery == "stream"
        if recovered and self.overflow != "close":
            raise ConfigurationError(
                "What a client recovers has no gap, so nothing of it may be dropped. Leave out "
                'overflow, or let the client recover the last: History(..., recovery="latest").'
            )
        if self.delta and (self.history is None or self.overflow != "close"):
            raise ConfigurationError(
                "What changed can be told only from a publication that the client surely has. Give "
                "the topic a history=History(...) and leave out overflow, or leave out delta."
            )

    def check_override(self, override: Override) -> None:
        """Raise `TermsError` if a subscription is to have what the topic does not have."""
        has = {
            "presence": self.presence,
            "join_leave": self.join_leave,
            "force_push_join_leave": self.join_leave,
            "force_recovery": self.history is not None,
            "force_positioning": self.history is not None,
        }
        missing = [name for name, there in has.items() if getattr(override, name) and not there]
        if missing:
            raise TermsError(
                f"This topic is declared without what {', '.join(missing)} asks for. Declare it "
                "with presence, join_leave or a history, or leave that out of override."
            )


@dataclass(frozen=True, slots=True)
class Resolved:
    """A topic's options, and the parameters with which its pattern makes its name."""

    options: Options
    parameters: dict[str, str]


@dataclass(slots=True)
class Catalog:
    """All declared topics. The first pattern that matches a name decides."""

    _declared: dict[str, tuple[Pattern, Options]] = field(default_factory=dict)
    _resolved: dict[str, Resolved] = field(default_factory=dict)

    def add(self, pattern: Pattern, options: Options) -> None:
        """Declare topics; raise `ConfigurationError` if the same pattern was declared before."""
        if pattern.text in self._declared:
            raise ConfigurationError(
                f'Topic "{pattern.text}" is declared twice. Rename one, or import the first.'
            )
        self._declared[pattern.text] = (pattern, options)
        self._resolved.clear()

    def remove(self, pattern: Pattern) -> None:
        """Undo `add`."""
        del self._declared[pattern.text]
        self._resolved.clear()

    def resolve(self, topic: str) -> Resolved | None:
        """Return what is declared of `topic`, or None if it does not exist."""
        found = self._resolved.get(topic)
        if found is None:
            found = self._search(topic)
            if found is not None:
                if len(self._resolved) >= CACHE_SIZE:
                    self._resolved.clear()
                self._resolved[topic] = found
        return found

    def look_up(self, topic: str) -> Resolved | None:
        """Return the same, without remembering it: for whoever goes through many topics once."""
        return self._resolved.get(topic) or self._search(topic)

    def __iter__(self) -> Iterator[tuple[Pattern, Options]]:
        return iter(self._declared.values())

    def _search(self, topic: str) -> Resolved | None:
        for pattern, options in self._declared.values():
            parameters = pattern.match(topic)
            if parameters is not None:
                return Resolved(options, parameters)
        return None
