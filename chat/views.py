"""The pages: the list of rooms, and a room.

A room's page is also the snapshot behind the socket. What a page missed while it was not
connected it fetches from here (`?after=`), and older messages as well (`?before=`).
"""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat import topics
from chat.accounts import entrance_url, safe_next
from chat.history import latest, newer
from chat.messages import MAX_LENGTH, data_of
from chat.models import Message, Room
from chat.rooms import find_room
from realtime import ActionError, call_action

# More rooms than fit the page's head are found on the list of rooms.
_ROOMS_IN_HEAD = 8


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the rooms; to a visitor who is not signed in, the entrance."""
    if not request.user.is_authenticated:
        return render(request, "chat/entrance.html", {"next": safe_next(request)})
    return render(request, "chat/rooms.html", {"rooms": Room.objects.all()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a room, a part of its messages, or take a message by a plain form."""
    if not request.user.is_authenticated:
        return redirect(entrance_url(request))
    found = find_room(slug)
    if found is None:
        raise Http404(f"There is no room “{slug}”.")
    if request.method == "POST":
        return _post(request, found)
    response = _part(request, found) or _page(request, found, before=_id_of(request, "before"))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _post(request: HttpRequest, found: Room) -> HttpResponse:
    text = request.POST.get("text", "")
    arguments = {"room": found.slug, "text": text, "cid": request.POST.get("cid", "")}
    try:
        call_action("chat.send", request, arguments)
    except ActionError as error:
        return _page(request, found, error=error.message, draft=text, status=400)
    return redirect("chat:room", slug=found.slug)


def _part(request: HttpRequest, found: Room) -> HttpResponse | None:
    """Return the messages htmx asked for, without the page around them."""
    if request.headers.get("HX-Request") != "true":
        return None
    before, after = _id_of(request, "before"), _id_of(request, "after")
    if before is not None:
        page = latest(found, before=before)
        context = {"room": found, "messages": _data(page.messages), "has_older": page.more}
        return render(request, "chat/_older.html", context)
    if after is None:
        return None
    page = newer(found, after=after)
    if page.more:  # Too much was missed to add it piece by piece: show the page anew.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "chat/_newer.html", {"messages": _data(page.messages)})


def _page(
    request: HttpRequest,
    found: Room,
    *,
    before: int | None = None,
    error: str = "",
    draft: str = "",
    status: int = 200,
) -> HttpResponse:
    page = latest(found, before=before)
    context = {
        "room": found,
        "rooms": Room.objects.all()[:_ROOMS_IN_HEAD],
        "room_topic": topics.room(slug=found.slug),
        "messages": _data(page.messages),
        "has_older": page.more,
        "is_live": before is None,
        "error": error,
        "draft": draft,
        "cid": str(uuid.uuid4()),
        "max_length": MAX_LENGTH,
    }
    return render(request, "chat/room.html", context, status=status)


def _data(messages: list[Message]) -> list[dict[str, object]]:
    return [data_of(message) for message in messages]


def _id_of(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name)
    if text is None:
        return None
    # Eighteen digits always fit a database's big integer.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404(f"“{name}” is not the number of a message.")
    return int(text)
