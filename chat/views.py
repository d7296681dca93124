"""A room's page, which is also the snapshot behind the socket.

What a page missed while it was not connected it fetches from here (`?after=`, and `?first=` to hear
what became of those that it shows), and older messages as well (`?before=`).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat import reading, topics
from chat.access import is_moderator, is_muted
from chat.history import MAX_CHANGED, changed, latest, newer
from chat.messages import MAX_LENGTH, data_of
from chat.requests import number_of, perform, room_of, signed_in, user_of
from chat.rooms import rooms_around

if TYPE_CHECKING:
    from chat.models import Message, Room

# More rooms than fit the page's head are found on the list of rooms.
_ROOMS_IN_HEAD = 7


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a room, a part of its messages, or take a message by a plain form."""
    if request.method == "POST":
        return _post(request, slug)
    response = _part(request, slug) or _page(request, slug, before=number_of(request, "before"))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _post(request: HttpRequest, slug: str) -> HttpResponse:
    text = request.POST.get("text", "")
    allowed = {"chat.send": ("text", "cid")}
    error = perform(request, allowed, room=slug, text=text)
    if error:
        return _page(request, slug, error=error, draft=text, status=400)
    return redirect("chat:room", slug=slug)


def _part(request: HttpRequest, slug: str) -> HttpResponse | None:
    """Return the messages htmx asked for, without the page around them."""
    if request.headers.get("HX-Request") != "true":
        return None
    before, after = number_of(request, "before"), number_of(request, "after")
    if before is None and after is None:
        return None
    found = room_of(request, slug)
    if before is not None:
        page = latest(found, before=before)
        context = {"room": found, "messages": _data(page.messages), "has_older": page.more}
        return render(request, "chat/_older.html", context)
    return _missed(request, found, first=number_of(request, "first"), after=after or 0)


def _missed(request: HttpRequest, found: Room, *, first: int | None, after: int) -> HttpResponse:
    """Return what a page that shows messages from `first` to `after` does not know."""
    page = newer(found, after=after)
    changes = [] if first is None else changed(found, first=first, last=after)
    if page.more or len(changes) >= MAX_CHANGED:  # too much for piece by piece
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"messages": _data(page.messages), "changed": _data(changes)}
    return render(request, "chat/_newer.html", context)


def _page(
    request: HttpRequest,
    slug: str,
    *,
    before: int | None = None,
    error: str = "",
    draft: str = "",
    status: int = 200,
) -> HttpResponse:
    user = user_of(request)
    rooms = rooms_around(user, slug, limit=_ROOMS_IN_HEAD)
    if not rooms:
        raise Http404(f"There is no room “{slug}”.")
    found = rooms[0]
    page = latest(found, before=before)
    if before is None and not error:
        reading.note(user, found, page.messages[-1].pk if page.messages else 0)
    context = {
        "room": found,
        "rooms": sorted(rooms, key=lambda each: each.name.lower()),
        "room_topic": topics.room(slug=found.slug),
        "news_topics": [topics.news(slug=each.slug) for each in rooms if each != found],
        "mine_topic": topics.mine(user=user.pk),
        "messages": _data(page.messages),
        "has_older": page.more,
        "is_live": before is None,
        "is_moderator": is_moderator(user, found),
        "is_muted": is_muted(found),
        "error": error,
        "draft": draft,
        "cid": str(uuid.uuid4()),
        "max_length": MAX_LENGTH,
    }
    return render(request, "chat/room.html", context, status=status)


def _data(messages: list[Message]) -> list[dict[str, object]]:
    return [data_of(message) for message in messages]
