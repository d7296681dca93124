"""The pages: the list, where a notification leads, and what one wants to be notified of.

The list is also the snapshot behind the socket: what a page missed for good it fetches from here.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from notifications import topics
from notifications.listing import announcements_for, latest
from notifications.models import Notification
from notifications.preferences import choices_of
from realtime import ActionError, call_action

# What the list's forms may ask for, each with the one argument that it sends.
_ASKED_HERE = {
    "notifications.read": ("id",),
    "notifications.read_all": (),
    "notifications.see": ("up_to",),
}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Show the notifications, a further part of them, or take one of the list's forms."""
    if request.method == "POST":
        return _post(request)
    before = _before(request)
    is_part = before is not None and request.headers.get("HX-Request") == "true"
    response = _part(request, before) if is_part else _page(request, before=before)
    patch_vary_headers(response, ["HX-Request"])
    return response


@never_cache
@login_required
@require_safe
def follow(request: HttpRequest, id: int) -> HttpResponse:
    """Go where one's notification leads, and mark it as read.

    It is marked in a GET because following the link is how one reads it, with or without script;
    a browser that only looks ahead does not mark it.
    """
    found = Notification.objects.filter(recipient=request.user.pk, pk=id).first()
    if found is None:
        raise Http404("There is no such notification.")
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        call_action("notifications.read", request, {"id": id})
    return HttpResponseRedirect(found.url or reverse("notifications:list"))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Show the preferences, or take them: what is not checked is not wanted."""
    found = choices_of(request.user)
    if request.method == "POST":
        wanted = set(request.POST.getlist("kind"))
        for choice in found:
            kind = choice.kind.name
            if (kind in wanted) != choice.enabled:
                arguments = {"kind": kind, "enabled": kind in wanted}
                call_action("notifications.prefer", request, arguments)
        return redirect(f"{reverse('notifications:preferences')}?saved=1")
    context = {"choices": found, "is_saved": "saved" in request.GET}
    return render(request, "notifications/preferences.html", context)


def _post(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("action", "")
    if name not in _ASKED_HERE:
        return _page(request, error="This page asked for something unknown.", status=400)
    arguments = {key: request.POST.get(key, "") for key in _ASKED_HERE[name]}
    try:
        call_action(name, request, arguments)
    except ActionError as error:
        return _page(request, error=error.message, status=400)
    return redirect("notifications:list")


def _part(request: HttpRequest, before: int | None) -> HttpResponse:
    page = latest(request.user, before=before)
    return render(request, "notifications/_older.html", {"page": page})


def _page(
    request: HttpRequest, *, before: int | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "page": latest(request.user, before=before),
        "announcements": announcements_for(request.user) if before is None else [],
        "is_newest": before is None,
        "mine": topics.mine(user=request.user.pk),
        "everybody": topics.everybody(),
        "error": error,
    }
    return render(request, "notifications/list.html", context, status=status)


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before")
    if text is None:
        return None
    # Eighteen digits always fit a database's big integer.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404("“before” is not the number of a notification.")
    return int(text)
