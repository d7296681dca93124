"""The pages around the conversation: rooms, people, one message and what can be done with it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat import topics
from chat.access import is_moderator
from chat.accounts import safe_next
from chat.messages import data_of, find_message
from chat.moderation import sanctioned_in
from chat.people import members_of
from chat.requests import number_of, perform, room_of, signed_in, user_of
from chat.rooms import list_rooms
from realtime import ActionError, call_action

_HOME = {"chat.answer": ("room", "accept")}
_PEOPLE = {
    "chat.invite": ("name",),
    "chat.remove": ("name",),
    "chat.mute": ("name", "minutes"),
    "chat.ban": ("name",),
    "chat.unban": ("name",),
    "chat.leave": (),
}
_MESSAGE = {
    "chat.edit": ("text",),
    "chat.delete": (),
}
_MUTE_FOR = ((10, "10 minutes"), (60, "1 hour"), (24 * 60, "1 day"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the rooms, or answer an invitation; to a visitor, show the entrance."""
    if not request.user.is_authenticated:
        return render(request, "chat/entrance.html", {"next": safe_next(request)})
    error = ""
    if request.method == "POST":
        error = perform(request, _HOME)
        if not error:
            return redirect("chat:home")
    user = user_of(request)
    rooms = list_rooms(user, page=request.GET.get("page", ""))
    context = {
        "rooms": rooms,
        "news_topics": [topics.news(slug=room.slug) for room in rooms.open],
        "mine_topic": topics.mine(user=user.pk),
        "error": error,
    }
    return render(request, "chat/rooms.html", context, status=400 if error else 200)


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_room(request: HttpRequest) -> HttpResponse:
    """Show the form for a new room, or make it."""
    form = {
        "name": request.POST.get("name", ""),
        "description": request.POST.get("description", ""),
        "private": request.POST.get("private") == "true",
    }
    error = ""
    if request.method == "POST":
        try:
            made = call_action("chat.create", request, form)
        except ActionError as refused:
            error = refused.message
        else:
            return redirect("chat:people" if made["private"] else "chat:room", slug=made["room"])
    context = {"form": form, "error": error}
    return render(request, "chat/new_room.html", context, status=400 if error else 200)


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who belongs to a room, or invite, remove, mute, ban, or leave."""
    error = ""
    if request.method == "POST":
        error = perform(request, _PEOPLE, room=slug)
        if not error and request.POST.get("action") == "chat.leave":
            return redirect("chat:home")
        if not error:
            return redirect("chat:people", slug=slug)
    room = room_of(request, slug)
    moderates = is_moderator(user_of(request), room)
    context = {
        "room": room,
        "members": members_of(room) if room.is_private else [],
        "sanctioned": sanctioned_in(room) if moderates else [],
        "is_moderator": moderates,
        "is_owner": room.owner_id == user_of(request).pk,
        "mute_for": _MUTE_FOR,
        "error": error,
    }
    return render(request, "chat/people.html", context, status=400 if error else 200)


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one message with what one may do about it, or do it.

    To htmx only the menu is shown, for its place in the room's page.
    """
    error = ""
    if request.method == "POST":
        error = perform(request, _MESSAGE, room=slug, message=number)
        if not error:
            return redirect("chat:room", slug=slug)
    room = room_of(request, slug)
    if number >= 2**63:
        raise Http404("There is no such message.")
    try:
        found = find_message(room, number)
    except ActionError as refused:
        raise Http404(refused.message) from None
    user = user_of(request)
    moderates = is_moderator(user, room)
    context = {
        "room": room,
        "message": data_of(found),
        "is_author": found.author_id == user.pk,
        "is_moderator": moderates,
        "can_sanction": moderates and found.author_id not in {None, user.pk, room.owner_id},
        "draft": request.POST.get("text", found.text),
        "mute_for": _MUTE_FOR,
        "error": error,
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "chat/_menu.html" if is_part else "chat/message.html"
    return render(request, template, context, status=400 if error else 200)


@never_cache
@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search what was said in the rooms that one may read."""
    words = request.GET.get("q", "")
    context: dict[str, object] = {"words": words, "messages": [], "error": ""}
    if words:
        arguments: dict[str, object] = {"words": words, "room": request.GET.get("room", "")}
        before = number_of(request, "before")
        if before is not None:
            arguments["before"] = before
        try:
            context.update(call_action("chat.search", request, arguments))
        except ActionError as error:
            context["error"] = error.message
    return render(request, "chat/search.html", context, status=400 if context["error"] else 200)
