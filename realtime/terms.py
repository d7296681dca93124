"""What the site says of one client's subscription: what others see of it, and how it differs.

A token says it when the client asks for the topic, the server API and a connect hook when the site
subscribes the client itself. It is written in one way everywhere, so it is read in one place.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from realtime.exceptions import TermsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.message import Position

# The fields of a token, of each of its `subs` and of the server API's subscribe.
FIELDS = frozenset({"info", "b64info", "data", "b64data", "override"})

OVERRIDES = (
    "presence",
    "join_leave",
    "force_push_join_leave",
    "force_recovery",
    "force_positioning",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """How a subscription differs from what its topic declares; None is "as declared".

    `presence` counts the client among those who are there, `join_leave` announces it, and with
    `force_push_join_leave` it hears of others without asking. Without `force_recovery` and
    `force_positioning` it is not told that it can recover, and that its position is watched.
    """

    presence: bool | None = None
    join_leave: bool | None = None
    force_push_join_leave: bool | None = None
    force_recovery: bool | None = None
    force_positioning: bool | None = None


AS_DECLARED = Override()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What comes along with a topic.

    `info` is what others may know of the client there, `data` what it is told itself: any JSON, or
    None. `since` is from where it goes on, `expires_at` when it ends, in seconds since 1970; both
    are for subscriptions that the site makes.
    """

    info: Any = None
    data: Any = None
    override: Override = AS_DECLARED
    since: Position | None = None
    expires_at: int | None = None


NO_TERMS = Terms()


def terms_of(fields: Mapping[str, Any]) -> Terms:
    """Read the `FIELDS`, each of which may be missing or null; raise `TermsError`."""
    return Terms(
        info=_json_of(fields, "info"),
        data=_json_of(fields, "data"),
        override=_override_of(fields.get("override")),
    )


def decoded(name: str, value: Any) -> Any:
    """Return the JSON value that is written in Base64; raise `TermsError` for anything else."""
    try:
        found = orjson.loads(base64.b64decode(value, validate=True))
        orjson.dumps(found)  # what is nested too deep could be read, but not told others
    except (TypeError, ValueError):
        raise TermsError(
            f"{name} must be the Base64 of a JSON text: other bytes cannot be sent to clients "
            "that speak JSON."
        ) from None
    return found


def _json_of(fields: Mapping[str, Any], name: str) -> Any:
    plain, encoded = fields.get(name), fields.get(f"b64{name}")
    if encoded is None:
        return plain
    if plain is not None:
        raise TermsError(f"Write {name} or b64{name}, not both.")
    return decoded(f"b64{name}", encoded)


def _override_of(value: Any) -> Override:
    if value is None:
        return AS_DECLARED
    if not isinstance(value, dict):
        raise TermsError("override must be an object.")
    unknown = sorted(set(value) - set(OVERRIDES))
    if unknown:
        raise TermsError(
            f"override has no {', '.join(unknown)}. Write one of: {', '.join(OVERRIDES)}."
        )
    return Override(**{name: _flag_of(name, each) for name, each in value.items()})


def _flag_of(name: str, value: Any) -> bool | None:
    if value is None:
        return None
    if isinstance(value, dict) and set(value) == {"value"} and type(value["value"]) is bool:
        return bool(value["value"])
    raise TermsError(f'Write {name} as {{"value": true}} or {{"value": false}}.')
