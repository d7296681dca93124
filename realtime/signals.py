"""What happens elsewhere in Django that a socket must not outlive."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from realtime import registry


@receiver(user_logged_out)
def close_sockets(request: Any, **kwargs: Any) -> None:
    """Close the sockets of the session that ended."""
    registry.sign_out(_session_key(request))


@receiver(user_logged_in)
def close_sockets_of_the_session_before(request: Any, **kwargs: Any) -> None:
    """Close the sockets of the session that this one replaced, if there was another.

    Django gives a new key to whoever signs in. The visitor of the old one, perhaps a guest who
    made an account, is never signed out, but is gone all the same.
    """
    before = getattr(request, "COOKIES", {}).get(settings.SESSION_COOKIE_NAME)
    if before and before != _session_key(request):
        registry.sign_out(before)


def _session_key(request: Any) -> str | None:
    # Ways to sign in that know no sessions send these signals as well.
    session = getattr(request, "session", None)
    return session.session_key if session is not None else None
