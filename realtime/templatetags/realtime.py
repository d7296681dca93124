"""`{% live topic %}`: let the page follow topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.urls.base import get_script_prefix
from django.utils.html import format_html

from realtime import tokens
from realtime.client import resolved_user, session_digest

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from realtime.topics import BoundTopic

register = template.Library()


@register.simple_tag(takes_context=True)
def live(context: template.Context, *topics: BoundTopic | str) -> SafeString:
    """Return the attributes that connect an element, and the forms in it, to the HTML socket.

    The token in them names the topics and is good for this user in this session.
    """
    request: Any = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            "{% live %} needs the request. Render the template with a request, and keep "
            "django.template.context_processors.request in TEMPLATES."
        )
    user = resolved_user(request.user)
    page = tokens.Page(
        topics=tuple(dict.fromkeys(str(topic) for topic in topics)),
        user=str(user.pk) if user.is_authenticated else "",
        session=session_digest(request.session.session_key),
    )
    url = f"{get_script_prefix()}app/ws/html?{urlencode({'token': tokens.sign(page)})}"
    return format_html('hx-ws:connect="{}" hx-swap="none"', url)
