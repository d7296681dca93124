"""The server API has one address a method."""

from __future__ import annotations

import pytest
from django.urls import Resolver404, resolve, reverse


def test_methods_stand_below_api() -> None:
    assert reverse("realtime-api:call", args=["publish"]) == "/api/publish"
    assert resolve("/api/publish").kwargs == {"method": "publish"}


@pytest.mark.parametrize("path", ["/api/", "/api/publish/more"])
def test_nothing_else_does(path: str) -> None:
    with pytest.raises(Resolver404):
        resolve(path)
