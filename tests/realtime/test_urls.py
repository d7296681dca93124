"""The plain addresses of the engine, as the site includes them."""

from __future__ import annotations

from django.urls import resolve, reverse

from realtime import views


def test_document_is_below_realtime() -> None:
    assert reverse("realtime:asyncapi") == "/realtime/asyncapi.json"


def test_tokens_are_issued_below_realtime() -> None:
    assert reverse("realtime:token") == "/realtime/token/"
    assert resolve("/realtime/token/").func is views.token
