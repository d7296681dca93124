"""`{% bell %}`: how much somebody has not read, live on every page."""

from __future__ import annotations

from typing import Any

from django import template

from notifications import topics
from notifications.counts import kept_count

register = template.Library()


@register.inclusion_tag("notifications/_bell.html", takes_context=True)
def bell(context: template.Context) -> dict[str, Any]:
    """Show the bell of the request's user, who must be signed in."""
    request = context["request"]
    return {
        "request": request,
        "mine": topics.mine(user=request.user.pk),
        "everybody": topics.everybody(),
        "count": kept_count(request.user.pk),
    }
