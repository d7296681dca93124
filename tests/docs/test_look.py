"""The page about the look shows every page of the site, in files that stay small."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.pages import VIEWS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "images" / "pages"


def test_look_shows_every_page_that_the_browser_tests_look_at() -> None:
    text = (DOCS / "topics" / "look.md").read_text(encoding="utf-8")

    shown = re.findall(r"\(\.\./images/pages/(.+)\.webp\)", text)

    assert sorted(shown) == sorted(view.name for view in VIEWS)
    assert {path.stem for path in PICTURES.iterdir()} == set(shown)


def test_pictures_are_small_in_all() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 1_500_000
