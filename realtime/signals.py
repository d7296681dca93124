"""What happens elsewhere in Django that a socket must not outlive."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from realtime import registry


@receiver(user_logged_out)
def close_sockets(request: Any, **kwargs: Any) -> None:
    """Close the sockets of the session that ended."""
    registry.sign_out(request.session.session_key)
