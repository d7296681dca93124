"""`{% here topic %}`, `{% typing topic %}`, `{% online %}` and `user|last_seen`.

What they show is read from memory, so they cost no query, on a page as in a fragment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.utils.timesince import timesince

from presence import desk
from presence.conf import settings
from presence.rooms import SITE, companions_of, is_room, key_of
from realtime import fragment
from realtime.fragment_keys import users_online

if TYPE_CHECKING:
    from realtime import BoundTopic

register = template.Library()

# The attribute of a form that goes over the socket, by the version of htmx.
SENDS = {4: "hx-ws:send", 2: "ws-send"}

# With so many who type it is "several people", with or without the one who looks.
SEVERAL = 3


@register.inclusion_tag("presence/here.html", takes_context=True)
def here(context: template.Context, topic: BoundTopic | str) -> dict[str, Any]:
    """Show who is in a room, and let the live page follow it."""
    people_topic, _ = companions_of(_checked(topic))
    shown = _people(str(topic), pushed=False)
    return {**shown, "request": context.get("request"), "topic": people_topic}


@register.inclusion_tag("presence/_pushed_people.html")
def people(room: str) -> dict[str, Any]:
    """Show who is in a room now, to pages that show it already."""
    return _people(room, pushed=True)


@register.inclusion_tag("presence/typing.html", takes_context=True)
def typing(
    context: template.Context, topic: BoundTopic | str, field: str, *, htmx: int = 4
) -> dict[str, Any]:
    """Show who types in a room, and tell it of who types in the field with this id.

    `htmx` is the major version of htmx that the page uses, 4 or 2.
    """
    room = _checked(topic)
    _, typing_topic = companions_of(room)
    return {
        **_typists(room, desk.typing_in(room)),
        "request": context.get("request"),
        "topic": typing_topic,
        "field": field,
        "send": SENDS[htmx],
    }


@register.inclusion_tag("presence/_typists.html")
def typists(room: str, users: list[str]) -> dict[str, Any]:
    """Show who types in a room now, to pages that show it already."""
    return {**_typists(room, users), "oob": True}


@register.inclusion_tag("presence/online.html", takes_context=True)
def online(context: template.Context) -> dict[str, Any]:
    """Show how many are online, and let the live page, and so its reader, be among them."""
    found = desk.attendance(SITE, limit=0)
    return {
        "request": context.get("request"),
        "topic": SITE,
        "count": found.count,
        "guests": found.guests,
    }


@register.filter
def last_seen(user: Any) -> str:
    """Return "online", or when a user was last seen ("3 hours ago"), or nothing if never.

    Asks the database unless the user was loaded with `select_related("last_seen")`.
    """
    if not user.is_authenticated:
        return ""
    if desk.is_online(str(user.pk)):
        return "online"
    try:
        at = user.last_seen.at
    except ObjectDoesNotExist:
        return ""
    return f"{timesince(at, depth=1)} ago"


def _people(room: str, *, pushed: bool) -> dict[str, Any]:
    found = desk.attendance(room, limit=settings().list_threshold)
    shown = {"key": key_of(room), "here": found, "oob": pushed}
    people = found.people or ()
    # The list is the longer part. Pages show it again and again while nobody comes or goes.
    html = fragment(
        "presence/_people.html",
        shown,
        key=users_online(person.id for person in people),
        vary_on=(room, pushed, found.count, found.guests, *(person.name for person in people)),
    )
    return {**shown, "people": html}


def _typists(room: str, users: list[str]) -> dict[str, Any]:
    """Return the sentence for everybody, and for each of a few who types the one without them."""
    few = users if len(users) <= SEVERAL else []
    lines = [{"without": "", "users": users}]
    lines += [{"without": user, "users": [each for each in users if each != user]} for user in few]
    return {"key": key_of(room), "lines": lines if users else []}


def _checked(topic: BoundTopic | str) -> str:
    if not is_room(str(topic)):
        raise ImproperlyConfigured(
            f'Who follows "{topic}" cannot be shown. Declare its Topic with presence=True, and '
            "give it a name without $, # and colons."
        )
    return str(topic)
