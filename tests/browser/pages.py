"""Every page of the site: whose it is, where it is, and what to open on it.

`unlisted()` compares the list with the URL patterns, so that a new page cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not made by this project, or not for people.
ELSEWHERE = ("admin", "api", "realtime")
# These only lead to other pages.
NO_PAGES = {"chat:enter", "chat:sign_out", "favicon", "notifications:follow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page as one person sees it. `press` is clicked first, `status` is the answer's."""

    name: str
    route: str
    path: str
    who: str = "mira"
    press: str = ""
    status: int = 200


VIEWS = (
    View(name="entrance", route="chat:home", path="/", who=""),
    View(name="sign-in", route="chat:sign_in", path="/accounts/sign-in/", who=""),
    View(
        name="sign-in-refused",
        route="chat:sign_in",
        path="/accounts/sign-in/",
        who="",
        press="main button",
    ),
    View(name="sign-up", route="chat:sign_up", path="/accounts/sign-up/", who=""),
    View(
        name="sign-up-refused",
        route="chat:sign_up",
        path="/accounts/sign-up/",
        who="",
        press="main button",
    ),
    View(name="rooms", route="chat:home", path="/"),
    View(name="rooms-of-a-guest", route="chat:home", path="/", who="guest"),
    View(name="new-room", route="chat:new_room", path="/rooms/new/"),
    View(name="room", route="chat:lobby", path="/rooms/lobby/"),
    View(name="room-people", route="chat:lobby", path="/rooms/lobby/", press=".here summary"),
    View(
        name="room-menu",
        route="chat:room",
        path="/rooms/lobby/",
        press="#message-{own} .more",
    ),
    View(
        name="room-moderated",
        route="chat:room",
        path="/rooms/lobby/",
        who="jonas",
        press="#message-{own} .more",
    ),
    View(name="room-of-a-guest", route="chat:room", path="/rooms/lobby/", who="guest"),
    View(name="room-before", route="chat:room", path="/rooms/lobby/?before={newest}"),
    View(name="room-empty", route="chat:room", path="/rooms/quiet/"),
    View(name="room-private", route="chat:room", path="/rooms/crabs/"),
    View(name="people", route="chat:people", path="/rooms/crabs/people/"),
    View(name="people-of-a-guest", route="chat:people", path="/rooms/lobby/people/", who="guest"),
    View(name="people-moderated", route="chat:people", path="/rooms/quiet/people/", who="jonas"),
    View(name="message", route="chat:message", path="/rooms/lobby/messages/{own}/"),
    View(
        name="message-moderated",
        route="chat:message",
        path="/rooms/lobby/messages/{own}/",
        who="jonas",
        press=".moderate > summary",
    ),
    View(
        name="message-of-others",
        route="chat:message",
        path="/rooms/lobby/messages/{others}/",
        who="guest",
    ),
    View(name="search", route="chat:search", path="/search/"),
    View(name="search-found", route="chat:search", path="/search/?q=boots"),
    View(name="search-empty", route="chat:search", path="/search/?q=whale"),
    View(name="notifications", route="notifications:list", path="/notifications/"),
    View(
        name="notifications-before",
        route="notifications:list",
        path="/notifications/?before={notification}",
    ),
    View(
        name="notifications-empty",
        route="notifications:list",
        path="/notifications/",
        who="guest",
    ),
    View(name="preferences", route="notifications:preferences", path="/notifications/preferences/"),
    View(
        name="preferences-saved",
        route="notifications:preferences",
        path="/notifications/preferences/?saved=1",
        who="jonas",
    ),
    # What no address brings about is shown from its template (see `visitors`).
    View(name="400", route="", path="/broken/400", who=""),
    View(name="403", route="", path="/broken/403", who=""),
    View(name="403-form-too-old", route="", path="/broken/403_csrf", who=""),
    View(name="404", route="", path="/nothing/", status=404),
    View(name="404-of-a-visitor", route="", path="/nothing/", who="", status=404),
    View(name="500", route="", path="/broken/500", who=""),
)


def unlisted() -> set[str]:
    """Return the names of the URL patterns that no view of the list shows."""
    listed = {view.route for view in VIEWS} | NO_PAGES
    return set(_names(get_resolver().url_patterns)) - listed


def _names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLPattern):
            yield f"{space}{each.name or each.pattern}"
        elif not str(each.pattern).startswith(ELSEWHERE):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _names(each.url_patterns, inner)
