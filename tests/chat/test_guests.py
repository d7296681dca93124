"""Guests: friendly names, never the same twice."""

from __future__ import annotations

import re

import pytest

from chat import guests
from chat.guests import create_guest, guest_name


@pytest.mark.django_db
def test_guest_is_a_user_who_cannot_sign_in_with_a_password() -> None:
    guest = create_guest()
    assert re.fullmatch(r"guest-[a-z]+-[1-9]\d{3}", guest.username)
    assert not guest.has_usable_password()
    assert guest.is_active
    assert not guest.is_staff


@pytest.mark.django_db
def test_guest_whose_name_is_taken_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["guest-otter-1", "guest-otter-1", "guest-otter-2"])
    monkeypatch.setattr(guests, "guest_name", lambda **_: next(names))
    assert create_guest().username == "guest-otter-1"
    assert create_guest().username == "guest-otter-2"


@pytest.mark.django_db
def test_guest_where_all_names_are_taken_is_refused_with_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guests, "guest_name", lambda **_: "guest-otter-1")
    create_guest()
    with pytest.raises(RuntimeError, match="Remove guests"):
        create_guest()


def test_guest_name_grows_with_its_digits() -> None:
    assert re.fullmatch(r"guest-[a-z]+-[1-9]\d{9}", guest_name(digits=10))
