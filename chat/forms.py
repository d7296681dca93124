"""The sign-up and sign-in forms, with labels and hints for the browser's password manager."""

from __future__ import annotations

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm

from chat.cleaning import clean_name, mixes_alphabets
from chat.guests import PREFIX


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]  # not generic at run time
    """A name and a password, no more."""

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ("username",)

    def clean_username(self) -> str:
        """Refuse names that look like a guest's or another's, so that nobody passes for them."""
        username: str = self.cleaned_data["username"]
        if clean_name(username) != username:
            raise forms.ValidationError(
                "There are characters in this name that nobody can see. Leave them out."
            )
        if mixes_alphabets(username):
            raise forms.ValidationError(
                "This name mixes letters of several alphabets that look alike. Use only one."
            )
        if username.lower().startswith(PREFIX):
            raise forms.ValidationError(
                f"Names that begin with “{PREFIX}” are kept for guests. Choose another."
            )
        # For a name that is taken it returns None, whatever its type says; so it comes last.
        return super().clean_username()
