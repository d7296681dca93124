"""Where a notification may lead."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from notifications.links import check_link


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "/rooms/lobby/#message-17",
        "/s?q=ü",
        "https://example.com/a?b",
        "HTTP://example.com",
    ],
)
def test_path_of_the_site_or_address_of_the_web_is_fine(url: str) -> None:
    check_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,hi",
        "//example.com",
        "/\\example.com",
        "https:///example.com",
        "rooms/lobby/",
        "mailto:a@example.com",
        "/with space",
        "/line\nfeed",
        "/nul\x00",
        " /",
        "/" + "x" * 500,
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="Write a path of this site"):
        check_link(url)
