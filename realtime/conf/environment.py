"""Settings from the environment: `GOBY_BATCH_MAX_SIZE=30` is `GOBY = {"BATCH_MAX_SIZE": 30}`.

Whoever starts a server has the last word, without changing files that belong to the site. An
empty variable is as good as none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_origin

from environs import Env, EnvError

from realtime.conf.rules import IN_ENVIRONMENT, PROFILE, TYPES, describe, nearest, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "GOBY_"

# Variables that are none of ours but for a slip of the pen are at least so much like one.
LIKENESS = 0.8

EXAMPLES: Mapping[Any, str] = {
    tuple: " Separate them by commas.",
    dict: ' Write it as JSON: {"2026": {"algorithm": "HS256", "key": "..."}}.',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """What the environment says, by key of `GOBY`, and a sentence for each that is wrong."""

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problems: tuple[str, ...] = ()


def read() -> Variables:
    """Return the settings that are in the environment."""
    env = Env(prefix=PREFIX)
    parsers: Mapping[Any, Callable[[str], Any]] = {
        bool: env.bool,
        int: env.int,
        float: env.float,
        str: env.str,
        tuple: env.list,
        dict: env.json,
    }
    values, problems = {}, []
    for key, expected in {PROFILE: str, **TYPES}.items():
        if not os.environ.get(PREFIX + key):
            continue
        kind = get_origin(expected) or expected
        try:
            values[key] = parsers[kind](key)
        except EnvError:
            problems.append(_unreadable(key, kind))
        else:
            problems.append(problem_of(key, values[key], IN_ENVIRONMENT))
    return Variables(values=values, problems=tuple(filter(None, problems)))


def slips() -> list[str]:
    """Return a sentence for each variable that looks like a setting with a slip of the pen."""
    unknown = [
        name.removeprefix(PREFIX)
        for name in os.environ
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in {PROFILE, *TYPES}
    ]
    return [
        f"{IN_ENVIRONMENT.format(key)} is not a setting. Did you mean {PREFIX}{near}?"
        for key in sorted(unknown)
        if (near := nearest(key, LIKENESS))
    ]


def _unreadable(key: str, kind: Any) -> str:
    return f"{IN_ENVIRONMENT.format(key)} must be {describe(key)}.{EXAMPLES.get(kind, '')}"
