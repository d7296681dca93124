"""The page's token: proof that the server offered these topics to this user in this session.

`{% live topic %}` signs it into the page, the HTML socket reads it. The signature does not prove
that the right still stands: permission is checked again when the socket connects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

SALT = "realtime.page"


class ExpiredTokenError(Exception):
    """The page is too old; reload it."""


class ForgedTokenError(Exception):
    """The token was not made by this site, or not for this user and session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a token says. `user` and `session` are those of `Client`."""

    topics: tuple[str, ...]
    user: str
    session: str


def sign(page: Page) -> str:
    """Return the page as a token of URL-safe characters."""
    return signing.dumps([list(page.topics), page.user, page.session], salt=SALT)


def read(token: str, *, max_age: float, user: str, session: str) -> list[str]:
    """Return the topics of a token that was made for this user and session.

    A token from before there was a session is bound to its user alone: the page that carried it
    may have started one. `max_age` is in seconds. Raises `ExpiredTokenError` or `ForgedTokenError`.
    """
    try:
        contents: Any = signing.loads(token, salt=SALT, max_age=timedelta(seconds=max_age))
    except signing.SignatureExpired:
        raise ExpiredTokenError from None
    except signing.BadSignature:
        raise ForgedTokenError from None
    topics, owner, owner_session = contents
    if owner != user or owner_session not in {"", session}:
        raise ForgedTokenError
    return [str(topic) for topic in topics]
