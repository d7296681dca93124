"""The page's token: proof that the server offered these topics to this user in this session.

`{% live topic %}` signs it into the page, the HTML socket reads it. The signature does not prove
that the right still stands: permission is checked again when the socket connects. With each topic
stands where it was when the page began to be made, so that nothing falls between page and socket.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing

from realtime.message import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

SALT = "realtime.page"


class ExpiredTokenError(Exception):
    """The page is too old; reload it."""


class SignedOutError(Exception):
    """The token was made for a user, and there is none any more."""


class ForgedTokenError(Exception):
    """The token was not made by this site, or not for this user and session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a token says. `user` and `session` are those of `Client`.

    `topics` are in the order of the page, each with its position; None where it has none.
    """

    topics: Mapping[str, Position | None]
    user: str
    session: str


def sign(page: Page) -> str:
    """Return the page as a token of URL-safe characters."""
    topics = [
        [topic] if position is None else [topic, position.offset, position.epoch]
        for topic, position in page.topics.items()
    ]
    return signing.dumps([topics, page.user, page.session], salt=SALT)


def read(token: str, *, max_age: float, user: str, session: str) -> dict[str, Position | None]:
    """Return the topics of a token that was made for this user and session.

    A token from before there was a session is bound to its user alone: the page that carried it
    may have started one. `max_age` is in seconds. Raises `ExpiredTokenError`, `SignedOutError` or
    `ForgedTokenError`.
    """
    try:
        contents: Any = signing.loads(token, salt=SALT, max_age=timedelta(seconds=max_age))
    except signing.SignatureExpired:
        raise ExpiredTokenError from None
    except signing.BadSignature:
        raise ForgedTokenError from None
    topics, owner, owner_session = contents
    if owner and not user:
        raise SignedOutError
    if owner != user or owner_session not in {"", session}:
        raise ForgedTokenError
    # One text for all pages that follow a topic, instead of one for each.
    return {
        sys.intern(topic): Position(*position) if position else None for topic, *position in topics
    }
