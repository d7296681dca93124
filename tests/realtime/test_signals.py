"""What happens elsewhere in Django that a socket must not outlive."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models.signals import post_delete, post_init, post_save
from django.test import Client as Browser
from django.test.utils import isolate_apps

from realtime import registry, signals
from realtime.signals import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The sessions that ended, as the registry is told."""
    keys: list[str | None] = []
    monkeypatch.setattr(registry, "sign_out", keys.append)
    return keys


def test_sign_out_tells_the_session_that_ended(ended: list[str | None]) -> None:
    request = SimpleNamespace(session=SimpleNamespace(session_key="key"))

    user_logged_out.send(sender=User, request=request, user=None)

    assert ended == ["key"]


@pytest.fixture
def revoked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The users whose credentials ended, as the registry is told."""
    users: list[str] = []
    monkeypatch.setattr(registry, "revoke_user", users.append)
    return users


@pytest.mark.django_db
def test_sign_out_of_a_browser_tells_its_key_before_it_is_gone(ended: list[str | None]) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_user("ada"))
    key = browser.cookies["sessionid"].value

    browser.logout()

    assert ended == [key]


def _set_password(user: User) -> None:
    user.set_password("another one")
    user.save()


def _set_password_alone(user: User) -> None:
    user.set_password("another one")
    user.save(update_fields=["password"])


def _make_password_unusable(user: User) -> None:
    user.set_unusable_password()
    user.save()


def _deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def _deactivate_without_a_password(user: User) -> None:
    partial = User.objects.only("is_active").get(pk=user.pk)
    partial.is_active = False
    partial.save()


def _delete(user: User) -> None:
    user.delete()


def _delete_many(user: User) -> None:
    User.objects.filter(pk=user.pk).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "end",
    [
        _set_password,
        _set_password_alone,
        _make_password_unusable,
        _deactivate,
        _deactivate_without_a_password,
        _delete,
        _delete_many,
    ],
    ids=lambda end: end.__name__.strip("_"),
)
def test_user_whose_credentials_end_is_told_once(
    end: Callable[[User], None], revoked: list[str]
) -> None:
    User.objects.create_user("ada", password="one", pk=42)
    assert revoked == []

    end(User.objects.get(pk=42))

    assert revoked == ["42"]


@pytest.mark.django_db(transaction=True)
def test_other_changes_of_a_user_close_nothing(revoked: list[str]) -> None:
    User.objects.create_user("ada", password="one")
    idle = User.objects.create_user("bob", is_active=False)
    user = User.objects.get(username="ada")

    user.first_name = "Ada"
    user.save()
    idle.save()
    idle.is_active = True
    idle.save()
    Browser().force_login(user)
    User.objects.only("username").get(pk=user.pk).save()

    assert revoked == []


@pytest.mark.django_db(transaction=True)
def test_change_that_is_rolled_back_closes_nothing(revoked: list[str]) -> None:
    user = User.objects.create_user("ada", password="one")

    @transaction.atomic
    def change_and_fail() -> None:
        _set_password(user)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()

    assert revoked == []


def test_user_that_was_made_without_a_signal_is_taken_as_it_is(revoked: list[str]) -> None:
    user: Any = User(pk=42)
    del user.__dict__[SEEN]

    post_save.send(sender=User, instance=user, created=False, using="default")

    assert revoked == []


@pytest.mark.django_db
def test_sign_in_as_somebody_else_tells_the_session_that_it_replaced(
    ended: list[str | None],
) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_user("guest"))
    key = browser.cookies["sessionid"].value
    ended.clear()

    browser.post(
        "/accounts/sign-up/",
        {"username": "ada", "password1": "a-long-secret-7", "password2": "a-long-secret-7"},
    )

    assert browser.cookies["sessionid"].value != key
    assert ended == [key]


def test_sign_in_that_keeps_its_session_ends_none(ended: list[str | None]) -> None:
    request = SimpleNamespace(
        session=SimpleNamespace(session_key="key"), COOKIES={"sessionid": "key"}
    )

    signals.close_sockets_of_the_session_before(request)

    assert ended == []


def test_request_without_a_session_ends_none(ended: list[str | None]) -> None:
    signals.close_sockets(None)
    signals.close_sockets_of_the_session_before(None)

    assert ended == [None]


# What else is a user


class Colleague(User):
    """A proxy of the user model."""

    class Meta:
        proxy = True
        app_label = "auth"


@pytest.fixture
def member(transactional_db: None) -> Iterator[Any]:
    """Users with more fields in a table of their own, of which nothing stays after the test."""
    with isolate_apps("django.contrib.auth"):

        class Member(User):
            number = models.IntegerField(primary_key=True)
            user = models.OneToOneField(User, on_delete=models.CASCADE, parent_link=True)

            class Meta:
                app_label = "auth"

    with connection.schema_editor() as editor:
        editor.create_model(Member)
    yield Member
    with connection.schema_editor() as editor:
        editor.delete_model(Member)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [_set_password, _deactivate, _delete])
def test_user_who_is_changed_by_a_proxy_is_told(
    end: Callable[[User], None], revoked: list[str]
) -> None:
    User.objects.create_user("ada", password="one", pk=42)

    end(Colleague.objects.get(pk=42))

    assert revoked == ["42"]


@pytest.mark.parametrize("end", [_set_password, _deactivate, _delete])
def test_user_who_is_changed_as_something_more_is_told_by_the_users_key(
    end: Callable[[User], None], revoked: list[str], member: Any
) -> None:
    member.objects.create(id=42, number=7, username="ada", password="one")
    assert revoked == []

    end(member.objects.get(pk=7))

    assert set(revoked) == {"42"}


def test_no_other_model_pays_for_that() -> None:
    assert all(signal.has_listeners(User) for signal in (post_init, post_save, post_delete))
    assert all(signal.has_listeners(Colleague) for signal in (post_init, post_save, post_delete))
    assert not any(signal.has_listeners(Session) for signal in (post_init, post_save, post_delete))
