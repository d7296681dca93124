"""What holds in the end, and where each value came from.

From the weakest to the strongest: the default of the field, the profile, the dict `GOBY` in the
Django settings, the environment. What is wrong in either is refused with a sentence that says
what to write instead, never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from realtime.conf import environment
from realtime.conf.environment import Variables
from realtime.conf.profiles import DEFAULT_PROFILE, PROFILES, STATED
from realtime.conf.rules import PROFILE, TYPES, problem_of
from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.conf.settings import Settings

Source = Literal["environment", "settings", "profile", "default"]

NO_VARIABLES = Variables()

OPEN_TO_ALL = 'GOBY["INSECURE"] is on: anybody may follow, read and publish on every topic.'
OPEN_IN_EARNEST = (
    'GOBY["INSECURE"] opens every topic to everybody, so it works with the profile '
    '"development" alone. Leave it out here, or write "PROFILE": "development".'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The settings that hold; `sources` says by key, `PROFILE` included, who had the last word."""

    profile: str
    settings: Settings
    sources: Mapping[str, Source]


def effective(mapping: Mapping[str, Any]) -> Effective:
    """Return what holds with this `GOBY` in this process's environment.

    Raises `ConfigurationError` with all that is wrong.
    """
    return resolve(mapping, environment.read())


def from_mapping(mapping: Mapping[str, Any]) -> Settings:
    """Return the settings of a `GOBY`, whatever the environment says.

    Raises `ConfigurationError` with all that is wrong.
    """
    return resolve(mapping).settings


def resolve(mapping: Mapping[str, Any], variables: Variables = NO_VARIABLES) -> Effective:
    """Return what holds; raise `ConfigurationError` with all that is wrong."""
    problems = problems_of(mapping, variables)
    if problems:
        raise ConfigurationError(" ".join(problems))
    written = {**mapping, **variables.values}
    profile = written.pop(PROFILE, DEFAULT_PROFILE)
    sources = {key: _source(key, profile, mapping, variables) for key in (PROFILE, *TYPES)}
    if written.get("INSECURE"):
        written["ALLOW_GUESTS"] = True
        sources["ALLOW_GUESTS"] = sources["INSECURE"]
    overrides = {key.lower(): _coerce(value) for key, value in written.items()}
    return Effective(
        profile=profile, settings=replace(PROFILES[profile], **overrides), sources=sources
    )


def problems_of(mapping: object, variables: Variables = NO_VARIABLES) -> list[str]:
    """Return one sentence for each entry of `GOBY` and of the environment that cannot be used."""
    if not isinstance(mapping, dict):
        return [f"GOBY must be a dict, not {type(mapping).__name__}."]
    found = [problem_of(str(key), value) for key, value in mapping.items()]
    written = {**mapping, **variables.values}
    if written.get("INSECURE") is True and written.get(PROFILE) != "development":
        found.append(OPEN_IN_EARNEST)
    return [*filter(None, found), *variables.problems]


def _source(key: str, profile: str, mapping: Mapping[str, Any], variables: Variables) -> Source:
    if key in variables.values:
        return "environment"
    if key in mapping:
        return "settings"
    return "profile" if key.lower() in STATED[profile] else "default"


def _coerce(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
