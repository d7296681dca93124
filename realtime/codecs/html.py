"""The HTML socket's codec: a publication as the fragment that its topic declares.

The fragment is rendered once per publication, on the event loop, so its template must find all it
needs in the publication's data: Django refuses a database query here. With the fragments of a
message leaves one marker for each topic, which says how far the page has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.template.loader import render_to_string

from realtime.codecs.base import Encoded
from realtime.codecs.joining import Joiner
from realtime.codecs.recent import Recent
from realtime.codecs.steps import in_steps
from realtime.message import Change, Frame, Overflow, Position, Publication
from realtime.pages import flagged, marker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime.catalog import Catalog


@dataclass(frozen=True, slots=True, eq=False)
class Fragment(Frame):
    """A frame with the marker that follows it, if its topic has positions, and what it says."""

    marker: str = ""
    flags: str = ""


class HTMLCodec:
    """Publications as out-of-band fragments; a batch is their concatenation, in steps."""

    name = "html"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._recent = Recent()
        self.join = Joiner(_joined)

    def encode(self, publication: Publication, overflow: Overflow) -> Frame | None:
        """Return the rendered fragment, or None where the topic has none."""
        html = self._render(publication)
        if html is None:
            return None
        topic, offset, epoch = publication.topic, publication.offset, publication.epoch
        if not offset:
            return html_frame(html, topic, overflow)
        at = marker(topic, Position(offset, epoch))
        size = len(html.encode()) + len(at)
        return Fragment(html, size, topic, overflow, offset, epoch, at)

    def announce(self, change: Change, overflow: Overflow) -> None:
        """Return None: pages are not told who comes and goes, unless the app publishes it."""

    def publications(
        self, publications: Sequence[Publication], *, of: Literal["subscribe", "history"]
    ) -> Encoded:
        """Return the fragments of publications, without markers."""
        return Encoded(in_steps([self._recovered(each) for each in publications]).encode())

    def _recovered(self, publication: Publication) -> str:
        # Those who come back at the same moment missed the same.
        key = (publication.topic, publication.epoch, publication.offset)
        html = self._recent.get(key)
        if html is None:
            html = self._render(publication) or ""
            self._recent.put(key, html)
        return html

    def _render(self, publication: Publication) -> str | None:
        resolved = self._catalog.resolve(publication.topic)
        if resolved is None or not resolved.options.fragment:
            return None
        # It is for all who follow, and so not in the language of whoever happened to publish.
        context = _context(publication)
        return Context().run(render_to_string, resolved.options.fragment, context)


def _joined(frames: list[Frame]) -> dict[str, Any]:
    """Return the fragments as one text, and after them where each topic is now."""
    numbered = [frame for frame in frames if type(frame) is Fragment]
    markers = {frame.topic: frame.marker for frame in numbered}
    for frame in numbered:
        if frame.flags:  # they hold, wherever the topic is by the end of the message
            markers[frame.topic] = flagged(markers[frame.topic], frame.flags)
    fragments = [frame.text for frame in frames]
    text = in_steps(fragments) if len(fragments) > 1 else fragments[0]
    return {"type": "websocket.send", "text": "".join([text, *markers.values()])}


def html_frame(html: str, topic: str = "", overflow: Overflow = "close") -> Frame:
    """Return HTML as a frame."""
    return Frame(html, len(html.encode()), topic, overflow)


def entry_frame(html: str, topic: str, top: Position, flags: str) -> Frame:
    """Return what lets a page into a topic: what it missed, and a marker with these flags."""
    at = marker(topic, top)
    size = len(html.encode()) + len(at) + len(flags)
    return Fragment(html, size, topic, marker=at, flags=flags)


def _context(publication: Publication) -> dict[str, object]:
    data = publication.data
    context = dict(data) if isinstance(data, Mapping) else {"data": data}
    return {**context, "publication": publication}
