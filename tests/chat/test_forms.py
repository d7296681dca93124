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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "why"),
    [
        ("mira\x00", "Null characters are not allowed"),
        ("mira\u200b", "that nobody can see"),
        ("mira\u202e", "that nobody can see"),
        ("mi\u200dra", "that nobody can see"),
        ("mira\u1160", "that nobody can see"),
        ("mira\u3164", "that nobody can see"),
        ("m\u0456ra", "several alphabets"),
        ("x" * 151, "at most 150 characters"),
        ("<script>", "may contain only letters"),
    ],
)
def test_sign_up_form_refuses_what_could_pass_for_another_name(username: str, why: str) -> None:
    form = SignUpForm({"username": username, **PASSWORD})
    assert why in form.errors["username"][0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "username", ["\u041c\u0438\u0440\u0430", "mir\u00e1", "\u6771\u4eac", "mira+1@x"]
)
def test_sign_up_form_takes_names_of_any_one_alphabet(username: str) -> None:
    assert SignUpForm({"username": username, **PASSWORD}).is_valid()


@pytest.mark.usefixtures("mira")
@pytest.mark.parametrize("username", ["mira", "Mira"])
def test_sign_up_form_refuses_a_name_that_is_taken(username: str) -> None:
    form = SignUpForm({"username": username, **PASSWORD})
    assert form.errors["username"] == ["A user with that username already exists."]
