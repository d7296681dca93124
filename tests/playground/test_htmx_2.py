"""The site's templates for the older htmx: nothing of the newer one is left in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.backends.django import DjangoTemplates

from tests.playground.htmx_2 import in_htmx_2

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "templates"

engine = DjangoTemplates(
    {
        "NAME": "htmx-2",
        "DIRS": [TEMPLATES],
        "APP_DIRS": False,
        "OPTIONS": {"loaders": ["tests.playground.htmx_2.Loader"]},
    }
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<form{% if live %} hx-ws:send{% endif %}>", "<form{% if live %} ws-send{% endif %}>"),
        ("<main {% live %}>", "<main {% live htmx=2 %}>"),
        ("<main {% live mine everybody %}>", "<main {% live mine everybody htmx=2 %}>"),
        ('{% typing room "text" %}', '{% typing room "text" htmx=2 %}'),
        ("<p {% live_part topic %}>{% block live %}", "<p {% live_part topic %}>{% block live %}"),
        (
            '<script src="{% static "realtime/vendor/hx-ws.min.js" %}"></script>',
            '<script src="{% url "play-htmx-2" "ws.js" %}"></script>',
        ),
    ],
)
def test_source_is_changed_where_the_two_differ(source: str, expected: str) -> None:
    assert in_htmx_2(source) == expected


@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
)
def test_template_compiles_and_has_nothing_of_the_newer_htmx(name: str) -> None:
    source = str(engine.get_template(name).template.source)

    assert not re.search(r"hx-ws|realtime/vendor|includeIndicatorCSS", source)


def test_templates_of_apps_are_found() -> None:
    assert "goby-errors" in str(engine.get_template("realtime/error.html").template.source)
