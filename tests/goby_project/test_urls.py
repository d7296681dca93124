"""Where a request goes that no page makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.staticfiles import finders

if TYPE_CHECKING:
    from django.test import Client as Browser


def test_favicon_is_found_without_a_page(client: Browser) -> None:
    response = client.get("/favicon.ico")

    assert response.status_code == 302
    assert response.headers["Location"] == "/static/chat/goby.svg"
    assert finders.find("chat/goby.svg")
