"""The settings of the app: frozen, typed, refused with a sentence where they cannot be used.

A site writes `PRESENCE = {"GRACE": 10}` in its Django settings; the rest keeps its default.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Times are in seconds."""

    # Who leaves is there for so long still: a page that loads anew makes no noise.
    grace: float = 5.0
    # Changes gather for so long before they are told.
    window: float = 0.5
    # So many people of a room may change in a window; beyond, clients ask for the list anew.
    max_changes: int = 1_000
    # Pages show so many people of a room; beyond, their number.
    list_threshold: int = 100
    # Programs get so many people of a room; beyond, their number.
    max_listed: int = 1_000

    # Somebody types for so long after the last sign of it.
    typing_ttl: float = 4.0
    # So many people who type in a room are told of.
    max_typists: int = 10

    # How often it is written down who was seen, and how many people may wait for that.
    last_seen_interval: float = 60.0
    last_seen_max: int = 10_000


KEYS: Mapping[str, str] = {item.name.upper(): str(item.type) for item in fields(Settings)}
# A grace of 0 is none. All other numbers must be greater.
MAY_BE_ZERO = frozenset({"GRACE"})
KINDS: Mapping[str, str] = {"int": "a whole number", "float": "a number of seconds"}


@cache
def settings() -> Settings:
    """Return the settings of the site; raise `ImproperlyConfigured` with all that is wrong."""
    mapping: Mapping[str, Any] = getattr(django_settings, "PRESENCE", {})
    problems = problems_of(mapping)
    if problems:
        raise ImproperlyConfigured(" ".join(problems))
    return Settings(**{key.lower(): value for key, value in mapping.items()})


def problems_of(mapping: object) -> list[str]:
    """Return one sentence for each entry of `PRESENCE` that cannot be used."""
    if not isinstance(mapping, dict):
        return [f"PRESENCE must be a dict, not {type(mapping).__name__}."]
    return [problem for key, value in mapping.items() if (problem := _problem_of(key, value))]


def _problem_of(key: object, value: object) -> str:
    if not isinstance(key, str) or key not in KEYS:
        [near] = difflib.get_close_matches(str(key).upper(), KEYS, n=1, cutoff=0.0)
        return f'PRESENCE["{key}"] is not a setting. Did you mean "{near}"?'
    kind = KEYS[key]
    accepted = int if kind == "int" else int | float
    if not isinstance(value, accepted) or isinstance(value, bool):
        return f'PRESENCE["{key}"] must be {KINDS[kind]}, not {type(value).__name__}.'
    if key in MAY_BE_ZERO:
        return "" if value >= 0 else f'PRESENCE["{key}"] must not be negative. Write 0 for none.'
    return "" if value > 0 else f'PRESENCE["{key}"] must be greater than zero.'


def _forget(*, setting: str, **kwargs: Any) -> None:
    """Read the settings anew after a test has changed them."""
    if setting == "PRESENCE":
        settings.cache_clear()


setting_changed.connect(_forget)
