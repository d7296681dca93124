"""The sign-up and sign-in forms, with labels and hints for the browser's password manager."""

from __future__ import annotations

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm

from chat.guests import PREFIX


class SignUpForm(UserCreationForm):  # type: ignore[type-arg]  # not generic at run time
    """A name and a password, no more."""

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ("username",)

    def clean_username(self) -> str:
        """Refuse names that look like a guest's, so that nobody passes for one."""
        username = super().clean_username()
        if username.lower().startswith(PREFIX):
            raise forms.ValidationError(
                f"Names that begin with “{PREFIX}” are kept for guests. Choose another."
            )
        return username
