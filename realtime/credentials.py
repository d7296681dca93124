"""Tokens (JWT) with which a client says who it is, and which topics it was allowed: no Django.

Each key has one algorithm, which the token cannot choose: the header only names the key, by its
`kid`. So `none` is no algorithm, and a public key is never taken for a shared secret. Two keys at
once make a rotation: the first one signs what the site itself issues, all of them verify.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from realtime.exceptions import ConfigurationError, TokenError, TokenExpiredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.conf import Settings

ALGORITHMS = ("HS256", "RS256", "ES256")
SMALLEST_SECRET = 32  # bytes: as many as the digest has
SMALLEST_RSA_KEY = 2048  # bits

_CLAIMS = frozenset({"sub", "exp", "nbf", "iat", "jti", "aud", "iss", "info", "sid"})
CONNECTION_CLAIMS = _CLAIMS | {"channels", "subs"}
SUBSCRIPTION_CLAIMS = _CLAIMS | {"channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. `user` is empty for a guest, `expires_at` None for "never".

    `session` is the sealed key of the session to which the token was issued, if any. `topic` is
    that of a subscription token; `topics` are followed by the server's wish, from the connect on.
    """

    user: str
    expires_at: int | None
    info: Any
    session: str
    topic: str = ""
    topics: tuple[str, ...] = ()

    def ttl(self) -> int | None:
        """Return for how many seconds it is good from now on, at least one; None for ever."""
        if self.expires_at is None:
            return None
        return max(1, min(round(self.expires_at - time.time()), 2**31 - 1))


@dataclass(frozen=True, slots=True)
class _Key:
    algorithm: str
    verifying: Any
    signing: Any  # None where only the public half is known


class Keyring:
    """The site's keys. Raises `ConfigurationError` for a key that cannot be used."""

    def __init__(self, settings: Settings) -> None:
        problems = problems_of(settings.token_keys)
        if problems:
            raise ConfigurationError(" ".join(problems))
        self._audience = settings.token_audience
        self._issuer = settings.token_issuer
        self._keys = {kid: _key_of(entry) for kid, entry in settings.token_keys.items()}

    def sign(self, claims: Mapping[str, Any], *, ttl: float) -> str:
        """Return a token that says this, with the first key that can sign.

        Adds the times, and audience and issuer where they are set. Raises `ConfigurationError`
        if there is no such key.
        """
        kid = next((kid for kid, key in self._keys.items() if key.signing is not None), None)
        if kid is None:
            raise ConfigurationError(
                'No key can sign tokens. Write one into GOBY["TOKEN_KEYS"], such as '
                '{"2026": {"algorithm": "HS256", "key": "32 random bytes or more"}}.'
            )
        now = int(time.time())
        place = {"aud": self._audience, "iss": self._issuer}
        full = {"iat": now, "exp": now + round(ttl), **claims}
        full.update({name: value for name, value in place.items() if value})
        key = self._keys[kid]
        headers = {"kid": kid} if kid else None
        return jwt.encode(full, key.signing, algorithm=key.algorithm, headers=headers)

    def connection(self, token: str) -> Claims:
        """Return what a connection token says; raise `TokenError` or `TokenExpiredError`."""
        return _connection(self._verified(token))

    def subscription(self, token: str) -> Claims:
        """Return what a subscription token says; raise `TokenError` or `TokenExpiredError`."""
        return _subscription(self._verified(token))

    def either(self, token: str) -> Claims:
        """Return what a token of either kind says; raise `TokenError` or `TokenExpiredError`."""
        payload = self._verified(token)
        return _subscription(payload) if "channel" in payload else _connection(payload)

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            payload = self._decoded(token)
            orjson.dumps(payload)  # what we could not tell others would fail them, later
        except jwt.ExpiredSignatureError:
            raise TokenExpiredError("The token has expired.") from None
        except jwt.PyJWTError as error:
            raise TokenError(_sentence_of(error)) from None
        except (UnicodeEncodeError, TypeError):  # half characters, numbers or depths beyond ours
            raise TokenError("The token is malformed.") from None
        return payload

    def _decoded(self, token: str) -> Mapping[str, Any]:
        key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise TokenError("The token names a key (kid) that is not configured.")
        payload: Mapping[str, Any] = jwt.decode(
            token,
            key.verifying,
            algorithms=[key.algorithm],
            audience=self._audience or None,
            issuer=self._issuer or None,
        )
        return payload


def problems_of(keys: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each entry of `TOKEN_KEYS` that cannot be used."""
    found = [(kid, _problem_of(entry)) for kid, entry in keys.items()]
    return [f'GOBY["TOKEN_KEYS"]["{kid}"] {problem}' for kid, problem in found if problem]


def _problem_of(entry: Mapping[str, str]) -> str:
    algorithm = entry.get("algorithm")
    if set(entry) != {"algorithm", "key"} or not entry["key"]:
        return 'needs exactly an "algorithm" and a "key" that is not empty.'
    if algorithm not in ALGORITHMS:
        return f"has an unknown algorithm. Write one of: {', '.join(ALGORITHMS)}."
    if algorithm == "HS256":
        if len(entry["key"].encode()) < SMALLEST_SECRET:
            return f"is too weak: an HS256 key has at least {SMALLEST_SECRET} random bytes."
        if "-----BEGIN" in entry["key"]:
            return "is a PEM, which is no secret. Write RS256 or ES256 as its algorithm."
        return ""
    return _problem_of_pem(algorithm, entry)


def _problem_of_pem(algorithm: str, entry: Mapping[str, str]) -> str:
    try:
        key = _key_of(entry).verifying
    except (jwt.PyJWTError, ValueError, TypeError):
        return f"is no {'RSA' if algorithm == 'RS256' else 'P-256'} key in PEM."
    if isinstance(key, RSAPublicKey) and key.key_size < SMALLEST_RSA_KEY:
        return f"is too weak: an RSA key has at least {SMALLEST_RSA_KEY} bits."
    return ""


def _key_of(entry: Mapping[str, str]) -> _Key:
    algorithm = entry["algorithm"]
    prepared = jwt.get_algorithm_by_name(algorithm).prepare_key(entry["key"])
    if algorithm == "HS256":
        return _Key(algorithm, prepared, prepared)
    if isinstance(prepared, RSAPrivateKey | EllipticCurvePrivateKey):
        return _Key(algorithm, prepared.public_key(), prepared)
    return _Key(algorithm, prepared, None)


def _connection(payload: Mapping[str, Any]) -> Claims:
    _refuse_others(payload, CONNECTION_CLAIMS)
    return _claims_of(payload, topics=_topics_of(payload))


def _subscription(payload: Mapping[str, Any]) -> Claims:
    _refuse_others(payload, SUBSCRIPTION_CLAIMS)
    topic = payload.get("channel")
    if not isinstance(topic, str) or not topic:
        raise TokenError("A subscription token names its topic in the claim channel.")
    return _claims_of(payload, topic=topic)


def _refuse_others(payload: Mapping[str, Any], known: frozenset[str]) -> None:
    # A claim that nobody reads may be a restriction that nobody enforces.
    unknown = sorted(set(payload) - known)
    if unknown:
        raise TokenError(f"The token has claims that are not known here: {', '.join(unknown)}.")


def _claims_of(payload: Mapping[str, Any], **more: Any) -> Claims:
    user, session = payload.get("sub", ""), payload.get("sid", "")
    if not isinstance(user, str) or not isinstance(session, str):
        raise TokenError("The claims sub and sid are strings.")
    expires_at = payload.get("exp")
    return Claims(
        user=user,
        expires_at=None if expires_at is None else int(expires_at),
        info=payload.get("info"),
        session=session,
        **more,
    )


def _topics_of(payload: Mapping[str, Any]) -> tuple[str, ...]:
    topics, options = payload.get("channels", []), payload.get("subs", {})
    if not isinstance(topics, list) or not isinstance(options, dict) or any(options.values()):
        raise TokenError("channels is a list of topics; subs an object of topics without options.")
    if not all(isinstance(topic, str) for topic in topics):
        raise TokenError("Each of the channels is a string.")
    return tuple(dict.fromkeys([*topics, *options]))


def _sentence_of(error: jwt.PyJWTError) -> str:
    sentences = {
        jwt.InvalidSignatureError: "The signature is wrong.",
        jwt.InvalidAlgorithmError: "The token uses another algorithm than its key.",
        jwt.InvalidAudienceError: "The token was made for another audience.",
        jwt.InvalidIssuerError: "The token was made by another issuer.",
        jwt.ImmatureSignatureError: "The token is not valid yet.",
        jwt.MissingRequiredClaimError: "The token lacks a claim that the settings ask for.",
    }
    return sentences.get(type(error), "The token is malformed.")
