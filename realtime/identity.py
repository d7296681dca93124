"""Who a token speaks of: the user of the database, as long as nothing speaks against it.

A token that was issued to a session says so, and is worth nothing when that session has ended or
the password was changed. The session's key is sealed, because pages can read their tokens, but
must never see the key.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from realtime.client import session_digest, user_of_session
from realtime.door import Door
from realtime.exceptions import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.claims import Claims
    from realtime.client import Client

SALT = "realtime.identity"


@dataclass(frozen=True, slots=True)
class TokenUser:
    """A user whom only the token knows. Has no rights of Django's."""

    pk: str
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False

    def get_username(self) -> str:
        """Return the only name there is."""
        return self.pk

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Say no: the database knows nothing of this user."""
        return False

    def __str__(self) -> str:
        return self.pk


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, and the digest of the session to which the token was issued, if any."""

    user: Any
    session: str = ""


def claims_of(client: Client, session_key: str | None) -> Mapping[str, str]:
    """Return what a token for this client says of who it is."""
    return {"sub": client.user_id, **({"sid": seal(session_key)} if session_key else {})}


def seal(session_key: str) -> str:
    """Return a session's key so that only this site can read it."""
    return _box().encrypt(session_key.encode()).decode()


async def identify(claims: Claims, *, allow_unknown: bool) -> Identity:
    """Return whose token it is; raise `TokenError` if that person may not be connected.

    With `allow_unknown` the user need not be in the database.
    """
    if not claims.user and not claims.session:
        return Identity(_nobody())
    return await _door.load((claims, allow_unknown))


def _load_one(key: tuple[Claims, bool]) -> Identity:
    claims, allow_unknown = key
    return _load(claims, allow_unknown=allow_unknown)


_door: Door[tuple[Claims, bool], Identity] = Door(_load_one)


def _load(claims: Claims, *, allow_unknown: bool) -> Identity:
    if claims.session:
        return _of_session(claims)
    user = _find(claims.user)
    if user is None and not allow_unknown:
        raise TokenError("The token's user does not exist.")
    if user is not None and not user.is_active:
        raise TokenError("The token's user is not active.")
    return Identity(TokenUser(claims.user) if user is None else user)


def _of_session(claims: Claims) -> Identity:
    try:
        key = _box().decrypt(claims.session.encode()).decode()
    except InvalidToken:
        raise TokenError("The claim sid was not made by this site.") from None
    session = import_module(django_settings.SESSION_ENGINE).SessionStore(key)
    user = user_of_session(session)
    if session.session_key is None or _id_of(user) != claims.user:
        raise TokenError("The token's session has ended.")
    return Identity(user, session_digest(key))


def _find(user_id: str) -> Any:
    from django.contrib.auth import get_user_model  # models need loaded apps

    model = get_user_model()
    try:
        key = model._meta.pk.to_python(user_id)
    except ValidationError:
        return None
    user = model._default_manager.filter(pk=key).first()
    # " 42" and "042" are other names than "42", though the database would find the same row.
    return user if user is not None and _id_of(user) == user_id else None


def _id_of(user: Any) -> str:
    return str(user.pk) if user.is_authenticated else ""


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser  # as above

    return AnonymousUser()


def _box() -> MultiFernet:
    secrets = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    keys = [salted_hmac(SALT, "", secret=secret, algorithm="sha256") for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key.digest())) for key in keys])
