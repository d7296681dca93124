"""Who may use the server API: whoever has one of its keys.

Several keys may be good at once, so that one can be replaced without a moment in which none is:
add the new one, let the programs use it, take the old one out.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The protocol's error for a missing or wrong key.
UNAUTHORIZED = 101

SHORTEST = 20

SCHEME = "apikey "


def key_of(entry: str) -> str:
    """Return the key of an entry of `API_KEYS`: "name:key", or a key alone."""
    return entry.rpartition(":")[2].strip()


def given_key(headers: Mapping[str, str]) -> str:
    """Return the key that a request brings along, or an empty text."""
    key = headers.get("X-API-Key", "")
    authorization = headers.get("Authorization", "")
    if not key and authorization.lower().startswith(SCHEME):
        key = authorization[len(SCHEME) :]
    return key.strip()


def is_accepted(given: str, entries: Iterable[str]) -> bool:
    """Return whether the key is that of one of the entries.

    It is compared with each of them, all in constant time, so that the time tells neither how
    much of a guess was right nor which key it came near to.
    """
    digest = _digest(given)
    matches = [hmac.compare_digest(digest, _digest(key_of(entry))) for entry in entries]
    return bool(given) and any(matches)


def weaknesses(entries: Iterable[str]) -> list[str]:
    """Return one sentence for each key that could be guessed, without the key."""
    return [
        f"API key number {place} has less than {SHORTEST} characters. Make another: "
        'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        for place, entry in enumerate(entries, 1)
        if len(key_of(entry)) < SHORTEST
    ]


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).digest()
