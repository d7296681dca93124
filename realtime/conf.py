"""The settings of the engine: frozen, typed, with the three profiles side by side.

A site writes `GOBY = {"PROFILE": "production", "BATCH_MAX_SIZE": 30}` in its Django settings. The
profile gives the defaults, the rest overrides them. What is misspelt or of the wrong type is
refused with a sentence that says what to write instead, never ignored.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Times are in seconds, sizes in bytes unless they say otherwise.

    The defaults are those of the data socket's specification; the batch sizes and waits are the
    performance guide's configuration templates.
    """

    # Batching (guide section 5): a flush joins at most so many publications ...
    batch_max_size: int = 20
    # ... and under pressure lets them gather for at most so long. When idle it never waits.
    batch_max_wait: float = 0.005

    # One connection's buffer, and how long its peer may block a send.
    outbox_max_size: int = 1_048_576
    send_timeout: float = 5.0

    # What a client may ask for.
    message_max_size: int = 65_536
    topics_per_connection: int = 128
    connect_timeout: float = 10.0
    ping_interval: float = 25.0
    pong_timeout: float = 8.0
    # How often the positions of followed topics are compared with the broker's.
    position_check_interval: float = 40.0

    # What a client may ask for in a second, and how much at once after a rest: subscribe and what
    # else belongs to it; publish, rpc, send and forms; history and presence.
    subscribe_rate: float = 50.0
    subscribe_burst: int = 500
    publish_rate: float = 30.0
    publish_burst: int = 100
    read_rate: float = 20.0
    read_burst: int = 200

    # How many connections there may be: in all, of one user, from one address. 0 is no limit.
    max_connections: int = 0
    connections_per_user: int = 0
    connections_per_address: int = 0

    # Who may connect: guests have no account; origins are full ones ("https://example.com").
    allow_guests: bool = False
    allowed_origins: tuple[str, ...] = ()
    # Anybody may do anything with every topic: to try things out, on one's own machine alone.
    insecure: bool = False
    # How long after it was made a page may still connect with its token.
    page_token_ttl: float = 86_400.0

    # Tokens (JWT): {kid: {"algorithm": "HS256", "key": "..."}}; the first key signs our own.
    token_keys: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    # Where these are set, a token must be meant for us, and be made by this issuer.
    token_audience: str = ""
    token_issuer: str = ""
    # How long our own tokens are good, and how long after its end one may still be refreshed.
    token_ttl: float = 600.0
    token_grace: float = 25.0
    # Tokens may name users whom the database does not know.
    allow_unknown_users: bool = False

    # Who may use the server API: keys, or "name:key". Without one it is off.
    api_keys: tuple[str, ...] = field(default=(), repr=False)

    # A client that went without a word is present on its topics for at most so long.
    presence_ttl: float = 60.0

    # At its end the server sends its clients away little by little, for at most so long.
    drain_time: float = 30.0

    # Repetitions of a publication's id are recognised for so long, and for so many ids.
    dedup_ttl: float = 300.0
    dedup_max_ids: int = 100_000

    # Fragments are kept in this cache of Django's `CACHES`, for so long where nothing else is said.
    fragment_cache: str = "default"
    fragment_ttl: float = 30.0

    # How many topics' histories are kept, and how many bytes they have together; the least
    # recently used goes first.
    history_max_topics: int = 100_000
    history_max_bytes: int = 268_435_456


OPEN_TO_ALL = 'GOBY["INSECURE"] is on: anybody may follow, read and publish on every topic.'

PROFILES: Mapping[str, Settings] = {
    "development": Settings(
        batch_max_size=5, batch_max_wait=0.010, fragment_ttl=5.0, allow_guests=True
    ),
    "production": Settings(batch_max_size=20, batch_max_wait=0.005, fragment_ttl=30.0),
    "high_scale": Settings(batch_max_size=50, batch_max_wait=0.002, fragment_ttl=60.0),
}

# The numbers that may be 0, and when to write it. All others must be greater.
ZEROS: Mapping[str, str] = {
    "batch_max_wait": "to never wait",
    "max_connections": "for no limit",
    "connections_per_user": "for no limit",
    "connections_per_address": "for no limit",
}
POSITIVE = frozenset(
    item.name for item in fields(Settings) if item.type in {"int", "float"}
) - frozenset(ZEROS)


def from_mapping(mapping: Mapping[str, Any]) -> Settings:
    """Return the settings of `GOBY`, or raise `ConfigurationError` with all that is wrong."""
    problems = problems_of(mapping)
    if problems:
        raise ConfigurationError(" ".join(problems))
    overrides = {key.lower(): _coerce(value) for key, value in mapping.items() if key != "PROFILE"}
    if mapping.get("INSECURE"):
        overrides["allow_guests"] = True
    return replace(PROFILES[mapping.get("PROFILE", "production")], **overrides)


def problems_of(mapping: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each entry of `GOBY` that cannot be used."""
    found = []
    for key, value in mapping.items():
        problem = _problem_of_profile(value) if key == "PROFILE" else _problem_of(key, value)
        if problem:
            found.append(problem)
    if mapping.get("INSECURE") is True and mapping.get("PROFILE") != "development":
        found.append(
            'GOBY["INSECURE"] opens every topic to everybody, so it works with the profile '
            '"development" alone. Leave it out here, or write "PROFILE": "development".'
        )
    return found


def _problem_of_profile(value: object) -> str:
    if isinstance(value, str) and value in PROFILES:
        return ""
    return f'GOBY["PROFILE"] is {value!r}. Write one of: {", ".join(PROFILES)}.'


def _problem_of(key: str, value: object) -> str:
    name = key.lower()
    hints = get_type_hints(Settings)
    if key != key.upper() or name not in hints:
        near = difflib.get_close_matches(name, hints, n=1, cutoff=0.0)[0]
        return f'GOBY["{key}"] is not a setting. Did you mean "{near.upper()}"?'
    if not _fits(value, hints[name]):
        return f'GOBY["{key}"] must be {_describe(name, hints[name])}, not {type(value).__name__}.'
    if name in POSITIVE and isinstance(value, int | float) and value <= 0:
        return f'GOBY["{key}"] must be greater than zero.'
    if name in ZEROS and isinstance(value, int | float) and value < 0:
        return f'GOBY["{key}"] must not be negative. Write 0 {ZEROS[name]}.'
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


def _describe(name: str, expected: Any) -> str:
    if get_origin(expected) is dict:
        return "a dict of dicts of strings"
    if get_args(expected):
        return "a list of strings"
    number = "a number" if name.endswith("_rate") else "a number of seconds"
    names = {bool: "True or False", int: "a whole number", float: number, str: "a string"}
    return names[expected]


def _coerce(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
