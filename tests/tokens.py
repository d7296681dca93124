"""Keys and tokens for tests: what an honest signer makes, and what a forger tries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

SECRET = "a secret of one test run, long enough for HS256"
OTHER_SECRET = "another secret, which the site under test does not know"
KEYS = {"one": {"algorithm": "HS256", "key": SECRET}}


@cache
def rsa_key(bits: int = 2048) -> tuple[str, str]:
    """Return a private and a public RSA key as PEM."""
    return _pems(rsa.generate_private_key(public_exponent=65537, key_size=bits))


@cache
def ec_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> tuple[str, str]:
    """Return a private and a public EC key as PEM."""
    return _pems(ec.generate_private_key(curve()))


def _pems(key: PrivateKeyTypes) -> tuple[str, str]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def mint(
    *,
    key: str = SECRET,
    algorithm: str = "HS256",
    kid: str | None = "one",
    ttl: float | None = 3600,
    **claims: Any,
) -> str:
    """Return a token that is good for `ttl` seconds, signed by PyJWT."""
    times = {} if ttl is None else {"exp": int(time.time() + ttl)}
    headers = None if kid is None else {"kid": kid}
    return jwt.encode({**times, **claims}, key, algorithm=algorithm, headers=headers)


def forge(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes | None) -> str:
    """Return a token put together by hand, as no library would: HMAC of `secret`, or unsigned."""
    return sign(header, json.dumps(claims).encode(), secret)


def sign(header: Mapping[str, Any], payload: bytes, secret: bytes | None) -> str:
    """Return a token with a payload that need be no JSON: HMAC of `secret`, or unsigned."""
    body = ".".join(_part(part) for part in (json.dumps(header).encode(), payload))
    if secret is None:
        return f"{body}."
    return f"{body}.{_part(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
