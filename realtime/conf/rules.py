"""What may be written: a sentence for each entry that cannot be used, which says what to write.

The same rules hold for the dict in the Django settings and for the environment; only the name
under which an entry is told differs.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from realtime.conf.profiles import PROFILES
from realtime.conf.settings import OPTIMISATIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE = "PROFILE"
# The type of each key.
TYPES: Mapping[str, Any] = {
    name.upper(): expected for name, expected in get_type_hints(Settings).items()
}
# What must not be shown: its field does not show it either.
SECRET = frozenset(item.name.upper() for item in fields(Settings) if not item.repr)

# The numbers that may be 0, and when to write it. All others must be greater.
ZEROS: Mapping[str, str] = {
    "BATCH_MAX_WAIT": "to never wait",
    "MAX_CONNECTIONS": "for no limit",
    "CONNECTIONS_PER_USER": "for no limit",
    "CONNECTIONS_PER_ADDRESS": "for no limit",
    "MAX_MEMORY_MB": "for no limit",
}
NUMBERS = frozenset(key for key, expected in TYPES.items() if expected in {int, float})
POSITIVE = NUMBERS - frozenset(ZEROS)
CHOICES: Mapping[str, tuple[str, ...]] = {
    PROFILE: tuple(PROFILES),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}

# Lists of some of these.
SELECTIONS: Mapping[str, tuple[str, ...]] = {"WITHOUT": OPTIMISATIONS}

# How entries of `GOBY` and of the environment are named.
IN_SETTINGS = 'GOBY["{}"]'
IN_ENVIRONMENT = "GOBY_{} in the environment"


def problem_of(key: str, value: object, place: str = IN_SETTINGS) -> str:
    """Return what is wrong with an entry, or an empty text."""
    name = place.format(key)
    if key in CHOICES:
        return "" if value in CHOICES[key] else _no_choice(name, key, value)
    if key not in TYPES:
        return f'{name} is not a setting. Did you mean "{nearest(key)}"?'
    if not _fits(value, TYPES[key]):
        return f"{name} must be {describe(key)}, not {type(value).__name__}."
    if isinstance(value, int | float):
        return _problem_of_number(name, key, value)
    return _problem_of_selection(name, key, value)


def nearest(key: str, cutoff: float = 0.0) -> str:
    """Return the key that is most like this text, or an empty text if none is like it enough."""
    near = difflib.get_close_matches(key.upper(), [PROFILE, *TYPES], n=1, cutoff=cutoff)
    return near[0] if near else ""


def describe(key: str) -> str:
    """Return in words what must be written for a key."""
    expected = TYPES[key]
    if get_origin(expected) is dict:
        return "a dict of dicts of strings"
    if get_args(expected):
        return "a list of strings"
    number = "a number" if key.endswith("_RATE") else "a number of seconds"
    names = {bool: "True or False", int: "a whole number", float: number, str: "a string"}
    return names[expected]


def _no_choice(name: str, key: str, value: object) -> str:
    return f"{name} is {value!r}. Write one of: {', '.join(CHOICES[key])}."


def _problem_of_selection(name: str, key: str, value: Any) -> str:
    unknown = sorted(set(value) - set(SELECTIONS[key])) if key in SELECTIONS else []
    if not unknown:
        return ""
    return f"{name} names {', '.join(unknown)}. Choose from: {', '.join(SELECTIONS[key])}."


def _problem_of_number(name: str, key: str, value: float) -> str:
    if not math.isfinite(value):
        return f"{name} must be {describe(key)}, not {value}."
    if key in POSITIVE and value <= 0:
        return f"{name} must be greater than zero."
    if key in ZEROS and value < 0:
        return f"{name} must not be negative. Write 0 {ZEROS[key]}."
    return ""


def _fits(value: object, expected: Any) -> bool:
    if get_origin(expected) is dict:
        return isinstance(value, dict) and all(_is_table(*entry) for entry in value.items())
    if get_args(expected):
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is expected


def _is_table(name: object, value: object) -> bool:
    return isinstance(name, str) and isinstance(value, dict) and _all_texts(value)


def _all_texts(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(text, str) for item in value.items() for text in item)
