"""What a page says of itself when it connects: its tokens, and where each of its topics is.

htmx keeps no positions. So each publication moves a hidden marker in the page, and `goby.js` puts
what the markers say into the address with which the page connects again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from django.utils.html import format_html

from realtime.message import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

# How many parts of a page may follow topics of their own.
MAX_TOKENS = 32

# What a marker may say besides: all that follows the topic in the page is there now; and this,
# but some of what it missed is gone, so the page fetches anew what it shows.
ENTERED = " data-goby-entered"
RESYNC = " data-goby-entered data-goby-resync"
_END = "></data>"

# No topic has this epoch, so what comes back from here has missed something.
LONG_AGO = Position(0, "~")


def query_of(scope: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the query of a handshake."""
    return parse_qs(scope["query_string"].decode("latin-1"))


def positions_of(entries: Any) -> dict[str, Position]:
    """Return how far the page has come, by topic. What cannot be read is left out."""
    found: dict[str, Position] = {}
    for entry in entries if isinstance(entries, list) else []:
        parts = entry.split("~", 2) if isinstance(entry, str) else []
        if len(parts) == 3 and re.fullmatch("[0-9]{1,18}", parts[0]):
            offset, epoch, topic = parts
            found[topic] = Position(int(offset), epoch)
    return found


def earlier(one: Position | None, other: Position | None) -> Position | None:
    """Return from where on two parts of a page need a topic. None has no position."""
    if one is None or other is None:
        return one or other
    if one.epoch != other.epoch:
        return LONG_AGO
    return min(one, other, key=lambda position: position.offset)


def marker(topic: str, position: Position) -> str:
    """Return the element that moves a topic's position in the page."""
    form = '<data id="goby-at-{}" value="{}~{}" hidden hx-swap-oob="true"' + _END
    return format_html(form, topic, position.offset, position.epoch)


def flagged(marker: str, flags: str) -> str:
    """Return a marker that says so as well."""
    return marker.removesuffix(_END) + flags + _END
