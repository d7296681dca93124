"""`{% live topic %}`: let the page, or a part of it, follow topics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.urls.base import get_script_prefix
from django.utils.html import format_html

from realtime import tokens
from realtime.client import resolved_user, session_digest
from realtime.positions import positions_before

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from realtime.topics import BoundTopic

register = template.Library()

# Servers take addresses of 8,192 bytes; the positions of the topics need their place as well.
LONGEST_TOKEN = 4_000

DIALECTS = {
    4: 'hx-ws:connect="{}" hx-swap="none" data-goby-topics="{}"',
    2: 'hx-ext="ws" ws-connect="{}" hx-swap="none" data-goby-topics="{}"',
}


@register.simple_tag(takes_context=True)
def live(context: template.Context, *topics: BoundTopic | str, htmx: int = 4) -> SafeString:
    """Return the attributes that connect an element, and the forms in it, to the HTML socket.

    The token in them names the topics, and is good for this user in this session. `htmx` is the
    major version of htmx that the page uses, 4 or 2.
    """
    if htmx not in DIALECTS:
        raise ImproperlyConfigured("{% live %} knows the htmx versions 4 and 2: write htmx=2.")
    names = _names_of(topics)
    token = _token_of(context, names)
    url = f"{get_script_prefix()}app/ws/html?{urlencode({'token': token})}"
    return format_html(DIALECTS[htmx], url, " ".join(names))


@register.simple_tag(takes_context=True)
def live_part(context: template.Context, *topics: BoundTopic | str) -> SafeString:
    """Return the attributes that let a part of a live page follow further topics.

    As long as the element is in the page: it may come and go with what htmx swaps.
    """
    names = _names_of(topics)
    token = _token_of(context, names)
    return format_html('data-goby-token="{}" data-goby-topics="{}"', token, " ".join(names))


def _names_of(topics: tuple[BoundTopic | str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(topic) for topic in topics))


def _token_of(context: template.Context, names: tuple[str, ...]) -> str:
    request: Any = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            "{% live %} needs the request. Render the template with a request, and keep "
            "django.template.context_processors.request in TEMPLATES."
        )
    user = resolved_user(request.user)
    page = tokens.Page(
        topics=positions_before(names, _age_of(request)),
        user=str(user.pk) if user.is_authenticated else "",
        session=session_digest(request.session.session_key),
    )
    token = tokens.sign(page)
    if len(token) > LONGEST_TOKEN:
        raise ImproperlyConfigured(
            f"{len(names)} topics are too many for one connecting address. Let parts of the page "
            "follow some of them, with {% live_part %}."
        )
    return token


def _age_of(request: Any) -> float:
    """Return for how many seconds the page is being made: what it shows was read since then."""
    now = time.monotonic()
    began: float = getattr(request, "scope", {}).get("realtime.began", now)
    return now - began
