"""The sign-up form."""

from __future__ import annotations

import pytest

from chat.forms import SignUpForm

PASSWORD = {"password1": "lilac-harbour-77", "password2": "lilac-harbour-77"}


@pytest.mark.django_db
def test_sign_up_form_makes_a_user() -> None:
    form = SignUpForm({"username": "mira", **PASSWORD})
    assert form.is_valid(), form.errors
    assert form.save().check_password("lilac-harbour-77")


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["guest-otter-4821", "GUEST-a", "guest-abc123"])
def test_sign_up_form_refuses_names_of_guests(username: str) -> None:
    form = SignUpForm({"username": username, **PASSWORD})
    assert "kept for guests" in form.errors["username"][0]
