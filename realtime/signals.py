"""What happens elsewhere in Django that a socket must not outlive.

Only what is saved through the model is noticed; `QuerySet.update` tells nobody.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models.signals import class_prepared, post_delete, post_init, post_save
from django.dispatch import receiver

from realtime import registry

# Where a user keeps what its row said when it was loaded; a plain entry of its `__dict__`.
SEEN = "_realtime_seen"


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


def remember_credentials(instance: Any, **kwargs: Any) -> None:
    """Note what the row says, without a query for fields that were not loaded."""
    instance.__dict__[SEEN] = _credentials_of(instance)


def close_sockets_of_changed_user(
    instance: Any, *, created: bool, using: str, **kwargs: Any
) -> None:
    """Close a user's sockets when the password was changed or the user deactivated."""
    now = _credentials_of(instance)
    password, active = instance.__dict__.get(SEEN, now)
    remember_credentials(instance)
    if not created and (now[0] != password or (active is not False and now[1] is False)):
        _revoke(instance, using)


def close_sockets_of_deleted_user(instance: Any, using: str, **kwargs: Any) -> None:
    """Close a user's sockets when the user is deleted."""
    _revoke(instance, using)


@receiver(class_prepared)
def watch(sender: Any, **kwargs: Any) -> None:
    """Watch a model if its rows are users: the user model, its proxies and what extends it.

    They are watched one by one, because whoever listens to all models slows down all of them.
    """
    if issubclass(sender, get_user_model()):
        post_init.connect(remember_credentials, sender=sender)
        post_save.connect(close_sockets_of_changed_user, sender=sender)
        post_delete.connect(close_sockets_of_deleted_user, sender=sender)


for model in apps.get_models():
    watch(model)


def _credentials_of(user: Any) -> tuple[object, object]:
    return user.__dict__.get("password"), user.__dict__.get("is_active")


def _revoke(user: Any, using: str) -> None:
    # What extends the user model may have a primary key of its own.
    key = getattr(user, get_user_model()._meta.pk.attname)
    # A client must not find the old row when it comes back.
    transaction.on_commit(partial(registry.revoke_user, str(key)), using=using)


def _session_key(request: Any) -> str | None:
    # Ways to sign in that know no sessions send these signals as well.
    session = getattr(request, "session", None)
    return session.session_key if session is not None else None
