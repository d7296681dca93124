"""The kinds of notifications, so that people can say which of them they want.

    Kind("chat.mention", label="Somebody mentions me")

A kind is declared once, in a module that is imported when Django starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAME_LENGTH = 100

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `label` stands on the page of preferences, `default` is for who said nothing."""

    name: str
    label: str
    default: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > MAX_NAME_LENGTH:
            raise ConfigurationError(
                f'"{self.name}" cannot name a kind. Write an app and a word, such as '
                f'"chat.mention", with at most {MAX_NAME_LENGTH} characters.'
            )
        if self.name in _kinds:
            raise ConfigurationError(f'Kind "{self.name}" is declared twice. Rename one of them.')
        _kinds[self.name] = self

    def __str__(self) -> str:
        return self.name


_kinds: dict[str, Kind] = {}


def find(name: str) -> Kind | None:
    """Return the kind of this name, or None."""
    return _kinds.get(name)


def declared() -> Iterator[Kind]:
    """Go through all kinds, sorted by their labels."""
    return iter(sorted(_kinds.values(), key=lambda kind: (kind.label, kind.name)))
