"""The HTML socket's codec: a publication as the fragment that its topic declares.

The fragment is rendered once per publication, on the event loop, so its template must find all it
needs in the publication's data: Django refuses a database query here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from realtime.message import Change, Frame, Overflow, Publication

if TYPE_CHECKING:
    from realtime.catalog import Catalog


class HTMLCodec:
    """Publications as out-of-band fragments; a batch is their plain concatenation."""

    name = "html"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def encode(self, publication: Publication, overflow: Overflow) -> Frame | None:
        """Return the rendered fragment, or None where the topic has none."""
        resolved = self._catalog.resolve(publication.topic)
        if resolved is None or not resolved.options.fragment:
            return None
        html = render_to_string(resolved.options.fragment, _context(publication))
        return html_frame(html, publication.topic, overflow)

    def announce(self, change: Change, overflow: Overflow) -> None:
        """Return None: pages are not told who comes and goes, unless the app publishes it."""

    def join(self, frames: list[Frame]) -> dict[str, Any]:
        """Return the fragments as one text."""
        return {"type": "websocket.send", "text": "".join([frame.text for frame in frames])}


def html_frame(html: str, topic: str = "", overflow: Overflow = "close") -> Frame:
    """Return HTML as a frame."""
    return Frame(html, len(html.encode()), topic, overflow)


def _context(publication: Publication) -> dict[str, object]:
    data = publication.data
    context = dict(data) if isinstance(data, Mapping) else {"data": data}
    return {**context, "publication": publication}
