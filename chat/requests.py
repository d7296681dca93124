"""What pages ask of a request: somebody who is signed in, a room, a number, an action's form."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from chat.access import find_readable
from chat.accounts import entrance_url
from realtime import ActionError, call_action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.contrib.auth.models import User

    from chat.models import Room

    View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Lead visitors who are not signed in to the entrance, and from there back to the page."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect(entrance_url(request))
        return view(request, *args, **kwargs)

    return shown


def user_of(request: HttpRequest) -> User:
    """Return who asks, on a page for those who are signed in."""
    return cast("User", request.user)


def room_of(request: HttpRequest, slug: str) -> Room:
    """Return a room that the visitor may read; raise `Http404`, also where it is only hidden."""
    found = find_readable(user_of(request), slug)
    if found is None:
        raise Http404(f"There is no room “{slug}”.")
    return found


def number_of(request: HttpRequest, name: str) -> int | None:
    """Return a number of the address, or None without it; raise `Http404` for another text."""
    text = request.GET.get(name)
    if text is None:
        return None
    # Eighteen digits always fit a database's big integer.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404(f"“{name}” is not the number of a message.")
    return int(text)


def perform(request: HttpRequest, allowed: Mapping[str, Sequence[str]], **fixed: object) -> str:
    """Run the action of a plain form, if the page has it; return why it was refused, or "".

    `allowed` names each action's fields, `fixed` are arguments that the address decides. A form
    that names no action means the first.
    """
    name = request.POST.get("action") or next(iter(allowed))
    if name not in allowed:
        return "This page asked for something unknown. Please reload it."
    fields = {key: request.POST[key] for key in allowed[name] if key in request.POST}
    try:
        call_action(name, request, {**fields, **fixed})
    except ActionError as error:
        return error.message
    return ""
