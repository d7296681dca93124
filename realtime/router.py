"""Who follows a topic: an exact map, so that a publication costs only its own followers.

Routing is one dict lookup, whatever the number of other topics and clients (guide section 6).
Patterns exist for declared topics and server-side subscribers alone, which are few and known
when the process starts; clients subscribe to exact names.

The grammar: words of letters, digits and `_ - : @ ~`, joined by dots, at most 255 characters;
optionally a leading `$` (private) and a trailing `#42,43` (only these users).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from realtime.exceptions import ConfigurationError, InvalidTopicError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from realtime.message import Follower, Frame

MAX_TOPIC_LENGTH = 255

_WORD = r"[A-Za-z0-9_\-:@~]+"
_TOPIC = re.compile(rf"\$?{_WORD}(?:\.{_WORD})*(?:#[A-Za-z0-9_\-]+(?:,[A-Za-z0-9_\-]+)*)?")
_PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")

F = TypeVar("F")


def validate_topic(topic: object) -> str:
    """Return `topic` if it is a topic's name, or raise `InvalidTopicError`."""
    if not isinstance(topic, str) or not topic:
        raise InvalidTopicError("A topic is a text that is not empty.")
    if len(topic) > MAX_TOPIC_LENGTH:
        raise InvalidTopicError(f"A topic has at most {MAX_TOPIC_LENGTH} characters.")
    if not _TOPIC.fullmatch(topic):
        raise InvalidTopicError(
            "A topic is made of words of letters, digits, _ - : @ ~ that are joined by dots, "
            'such as "chat.room.lobby" or "notifications#42".'
        )
    return topic


def is_private(topic: str) -> bool:
    """Return whether a program needs a token of the site to follow this topic."""
    return topic.startswith("$")


def is_open_to(topic: str, user: str) -> bool:
    """Return whether the topic's own name lets this user have to do with it; "" is a guest."""
    _, limited, users = topic.partition("#")
    return not limited or user in users.split(",")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A declared topic's name, with `{parameters}` that stand for a part of one word.

    `Pattern("chat.room.{slug}")` matches `chat.room.lobby`, but not `chat.room.a.b`.
    """

    text: str
    parameters: tuple[str, ...] = field(init=False)
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        validate_topic(_PARAMETER.sub("x", self.text))
        names = tuple(_PARAMETER.findall(self.text))
        if len(set(names)) != len(names):
            raise ConfigurationError(f'"{self.text}" names a parameter twice. Rename one of them.')
        object.__setattr__(self, "parameters", names)
        object.__setattr__(self, "_regex", re.compile(_regex_of(self.text)))

    def match(self, topic: str) -> dict[str, str] | None:
        """Return the parameters with which the pattern makes `topic`, or None."""
        found = self._regex.fullmatch(topic)
        return found.groupdict() if found else None

    def fill(self, parameters: Mapping[str, object]) -> str:
        """Return the topic with these parameters; raise `InvalidTopicError` if one does not fit."""
        if set(parameters) != set(self.parameters):
            wanted = ", ".join(self.parameters) or "no parameters"
            raise InvalidTopicError(f'Topic "{self.text}" takes exactly: {wanted}.')
        texts = {name: str(value) for name, value in parameters.items()}
        topic = validate_topic(self.text.format_map(texts))
        # Permissions see what `match` reads out of the name, so it must be what was put in.
        if self.match(topic) != texts:
            raise InvalidTopicError(
                f'A parameter of "{self.text}" is empty or holds a character that separates it '
                "from what follows."
            )
        return topic


def _regex_of(text: str) -> str:
    parts = _PARAMETER.split(text)
    literals, names = parts[::2], parts[1::2]
    groups = [f"(?P<{name}>{_WORD})" for name in names]
    pieces = [re.escape(literals[0])]
    for group, literal in zip(groups, literals[1:], strict=True):
        pieces += [group, re.escape(literal)]
    return "".join(pieces)


class Group(dict[F, None]):
    """The followers of a topic in one codec, in the order in which they came."""

    def add(self, follower: F) -> None:
        """Let a follower have what comes from now on."""
        self[follower] = None

    def remove(self, follower: F) -> None:
        """Undo `add`."""
        del self[follower]

    def put(self, frame: Frame) -> None:
        """Hand a frame to all."""
        for follower in cast("Iterable[Follower]", self):
            follower.put(frame)


@dataclass(slots=True)
class Router(Generic[F]):
    """Topic to followers, grouped by codec name. `group` makes a group of them."""

    group: Callable[[], Group[F]] = Group
    _routes: dict[str, dict[str, Group[F]]] = field(default_factory=dict)
    _subscriptions: int = 0

    def add(self, topic: str, codec: str, follower: F) -> bool:
        """Let `follower` follow `topic` in `codec`. False if it did already."""
        groups = self._routes.setdefault(topic, {})
        followers = groups.get(codec)
        if followers is None:
            followers = groups[codec] = self.group()
        if follower in followers:
            return False
        followers.add(follower)
        self._subscriptions += 1
        return True

    def remove(self, topic: str, codec: str, follower: F) -> bool:
        """Undo `add`, and forget a topic that nobody follows any more. False if there was none."""
        route = self._routes.get(topic)
        followers = route.get(codec) if route is not None else None
        if route is None or followers is None or follower not in followers:
            return False
        followers.remove(follower)
        self._subscriptions -= 1
        if not followers:
            del route[codec]
        if not route:
            del self._routes[topic]
        return True

    def match(self, topic: str) -> Iterable[tuple[str, Group[F]]]:
        """Return (codec name, followers) of exactly this topic. Do not change it while reading."""
        route = self._routes.get(topic)
        return route.items() if route else ()

    def followers(self, topic: str) -> int:
        """Return how many follow the topic, in all codecs."""
        return sum(len(followers) for followers in self._routes.get(topic, {}).values())

    def __iter__(self) -> Iterator[str]:
        """Go through the topics that have a follower. Do not change it meanwhile."""
        return iter(self._routes)

    @property
    def topics(self) -> int:
        """How many topics have a follower."""
        return len(self._routes)

    @property
    def subscriptions(self) -> int:
        """How many pairs of a topic and a follower there are."""
        return self._subscriptions
