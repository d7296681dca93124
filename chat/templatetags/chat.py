"""How an author looks: a colour and a letter, the same on every page and for everyone."""

from __future__ import annotations

import zlib

from django import template

from chat.guests import PREFIX

register = template.Library()

_COLOURS = 8


@register.filter
def hue(name: str) -> int:
    """Return the number of the author's colour, 0 to 7."""
    return zlib.crc32(name.encode()) % _COLOURS


@register.filter
def initial(name: str) -> str:
    """Return the letter that stands for the author: "guest-otter-4821" is an O."""
    return name.removeprefix(PREFIX)[:1].upper()
