"""The keys of tokens (JWT), which make them and find out which to believe: no Django.

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

from realtime.claims import connection_claims, subscription_claims
from realtime.exceptions import ConfigurationError, TokenError, TokenExpiredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.claims import Claims
    from realtime.conf import Settings

ALGORITHMS = ("HS256", "RS256", "ES256")
SMALLEST_SECRET = 32  # bytes: as many as the digest has
SMALLEST_RSA_KEY = 2048  # bits
CLOCK_SKEW = 5  # seconds by which the clock of another issuer may differ from ours


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
        return connection_claims(self._verified(token))

    def subscription(self, token: str) -> Claims:
        """Return what a subscription token says; raise `TokenError` or `TokenExpiredError`."""
        return subscription_claims(self._verified(token))

    def either(self, token: str) -> Claims:
        """Return what a token of either kind says; raise `TokenError` or `TokenExpiredError`."""
        payload = self._verified(token)
        read = subscription_claims if "channel" in payload else connection_claims
        return read(payload)

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
            leeway=CLOCK_SKEW,
            options={"verify_iat": False},  # when it was made limits nothing
        )
        # At its end nobody is given time: clients fetch another before.
        if "exp" in payload and int(payload["exp"]) <= time.time():
            raise jwt.ExpiredSignatureError
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
