"""What a token says, once its signature is believed.

A claim that nobody here knows may be a restriction that nobody here keeps, so a token that has
one is refused.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from realtime.exceptions import TermsError, TokenError
from realtime.terms import FIELDS, NO_TERMS, Terms, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLAIMS = frozenset({"sub", "exp", "nbf", "iat", "jti", "aud", "iss", "info", "b64info", "sid"})
CONNECTION_CLAIMS = _CLAIMS | {"channels", "subs"}
SUBSCRIPTION_CLAIMS = _CLAIMS | FIELDS | {"channel"}

LONGEST_TTL = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. `user` is empty for a guest, `expires_at` None for "never".

    `session` is the sealed key of the session to which the token was issued, if any. `topic` is
    that of a subscription token, with its `terms`; `topics` are followed by the server's wish,
    from the connect on, each on its terms.
    """

    user: str
    expires_at: int | None
    info: Any
    session: str
    topic: str = ""
    terms: Terms = NO_TERMS
    topics: Mapping[str, Terms] = field(default_factory=dict)

    def ttl(self) -> int | None:
        """Return for how many seconds it is good from now on, at least one; None for ever."""
        return ttl_of(self.expires_at)


def ttl_of(expires_at: int | None) -> int | None:
    """Return how many seconds are left, at least one; None for ever."""
    if expires_at is None:
        return None
    return max(1, min(round(expires_at - time.time()), LONGEST_TTL))


def connection_claims(payload: Mapping[str, Any]) -> Claims:
    """Return what a connection token says; raise `TokenError`."""
    _refuse_others(payload, CONNECTION_CLAIMS)
    return _claims_of(payload, topics=_topics_of(payload))


def subscription_claims(payload: Mapping[str, Any]) -> Claims:
    """Return what a subscription token says; raise `TokenError`."""
    _refuse_others(payload, SUBSCRIPTION_CLAIMS)
    topic = payload.get("channel")
    if not isinstance(topic, str) or not topic:
        raise TokenError("A subscription token names its topic in the claim channel.")
    return _claims_of(payload, topic=topic, terms=_terms_of(payload))


def _refuse_others(payload: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(payload) - known)
    if unknown:
        raise TokenError(f"The token has claims that are not known here: {', '.join(unknown)}.")


def _claims_of(payload: Mapping[str, Any], **more: Any) -> Claims:
    user, session = payload.get("sub", ""), payload.get("sid", "")
    if not isinstance(user, str) or not isinstance(session, str):
        raise TokenError("The claims sub and sid are strings.")
    expires_at = payload.get("exp")
    info = {name: payload.get(name) for name in ("info", "b64info")}
    return Claims(
        user=user,
        expires_at=None if expires_at is None else int(expires_at),
        info=_terms_of(info).info,
        session=session,
        **more,
    )


def _topics_of(payload: Mapping[str, Any]) -> Mapping[str, Terms]:
    topics, options = payload.get("channels", []), payload.get("subs", {})
    if not isinstance(topics, list) or not isinstance(options, dict):
        raise TokenError("channels is a list of topics; subs an object of topics with options.")
    if not all(isinstance(topic, str) for topic in topics):
        raise TokenError("Each of the channels is a string.")
    found = dict.fromkeys(topics, NO_TERMS)
    found.update({topic: _options_of(each) for topic, each in options.items()})
    return found


def _options_of(value: Any) -> Terms:
    if value is None:
        return NO_TERMS
    if not isinstance(value, dict):
        raise TokenError("The options of a topic in subs are an object.")
    unknown = sorted(set(value) - FIELDS)
    if unknown:
        raise TokenError(f"subs has options that are not known here: {', '.join(unknown)}.")
    return _terms_of(value)


def _terms_of(fields: Mapping[str, Any]) -> Terms:
    try:
        return terms_of(fields)
    except TermsError as error:
        raise TokenError(str(error)) from None
