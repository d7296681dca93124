"""How a message looks, and its author: the same on every page and for everyone.

So a message is rendered once, for whoever sees it first: in a page, or as it is published.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from chat import markup
from chat.guests import PREFIX
from realtime import fragment, render_many
from realtime.fragment_keys import chat_message
from realtime.templatetags.realtime import live_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime import BoundTopic

register = template.Library()

MESSAGE = "chat/_message.html"

# What that template uses.
FIELDS = (
    "id",
    "room",
    "author",
    "text",
    "html",
    "created_at",
    "cid",
    "version",
    "edited",
    "deleted",
)

_COLOURS = 8


@register.simple_tag
def messages(shown: Sequence[Mapping[str, Any]]) -> SafeString:
    """Return the messages of a page, from the data of each."""
    return SafeString("".join(render_many(MESSAGE, shown, [_key(data) for data in shown])))


@register.simple_tag(takes_context=True)
def message(context: template.Context, *, oob: bool = False) -> SafeString:
    """Return the message whose data is the context, as a publication's is.

    With `oob` it takes the place of its older version in the page.
    """
    data = {name: context[name] for name in FIELDS}
    return changed_message(data) if oob else fragment(MESSAGE, data, key=_key(data))


@register.simple_tag
def changed_message(data: Mapping[str, Any]) -> SafeString:
    """Return the message with this data so that it takes the place of its older version."""
    html = fragment(MESSAGE, data, key=_key(data))
    return SafeString(html.replace("<li ", '<li hx-swap-oob="outerHTML" ', 1))


@register.simple_tag(takes_context=True)
def live_lists(context: template.Context, topics: Sequence[BoundTopic]) -> SafeString:
    """Return the attributes that let a part of a live page follow as many topics as a list has."""
    return live_part(context, *topics) if topics else SafeString("")


@register.filter
def sanitised(html: str) -> SafeString:
    """Return a message's HTML. It was sanitised before it was stored, but this is what is shown."""
    return mark_safe(markup.sanitised(html))  # noqa: S308 - by the sanitiser


@register.filter
def hue(name: str) -> int:
    """Return the number of the author's colour, 0 to 7."""
    return zlib.crc32(name.encode()) % _COLOURS


@register.filter
def initial(name: str) -> str:
    """Return the letter that stands for the author: "guest-otter-4821" is an O."""
    return name.removeprefix(PREFIX)[:1].upper()


def _key(data: Mapping[str, Any]) -> str:
    """Return the key of a message; its versions never share one, so nothing must be forgotten."""
    id, version = data["id"], data["version"]
    return chat_message(f"{id}:{version}" if version else id)
