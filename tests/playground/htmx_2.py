"""The site as it would be written for the older htmx: its templates, changed as they are loaded.

What is changed here is all in which the two differ, so `docs/how-to/live-pages.md` tells the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.template.loaders import filesystem
from django.template.utils import get_app_template_dirs

if TYPE_CHECKING:
    from pathlib import Path

    from django.template import Origin

CHANGES = (
    (r"\bhx-ws:send\b", "ws-send"),
    (r"{% ((?:live|typing)(?: [^%]*)?) %}", r"{% \1 htmx=2 %}"),
    (r'{% static "realtime/vendor/htmx\.min\.js" %}', '{% url "play-htmx-2" "htmx.js" %}'),
    (r'{% static "realtime/vendor/hx-ws\.min\.js" %}', '{% url "play-htmx-2" "ws.js" %}'),
    (r'"includeIndicatorCSS"', '"includeIndicatorStyles"'),
    (r'"history": false', '"historyEnabled": false'),
)


def in_htmx_2(template: str) -> str:
    """Return the source of a template for the older htmx."""
    for pattern, replacement in CHANGES:
        template = re.sub(pattern, replacement, template)
    return template


class Loader(filesystem.Loader):
    """Finds the templates that the site finds."""

    def get_dirs(self) -> list[str | Path]:
        """Return the site's directory and those of its apps."""
        return [*self.engine.dirs, *get_app_template_dirs("templates")]

    def get_contents(self, origin: Origin) -> str:
        """Return the changed source."""
        return in_htmx_2(super().get_contents(origin))
