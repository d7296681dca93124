"""Texts that try to be more than text, where people may type them, and what tells if one succeeds.

Most are short enough for a name of 80 characters, and do the same: they set `struck`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from chat.messages import Author, post
from chat.models import Room, Standing
from tests.browser import populated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from playwright.async_api import Dialog, Page, Request

TEXTS: Mapping[str, str] = {
    "script": "<script>struck=1</script>",
    "handler": "<img src=/x.png onerror=struck=1>",
    "attribute": '" autofocus onfocus="struck=1" x="',
    "other quotes": "' autofocus onfocus='struck=1' x='",
    "end of the place": "</textarea></title></p></li></ol><svg onload=struck=1>",
    "hx": '<i hx-get="/x" hx-trigger="load" hx-on:click="struck=1">x</i>',
    "data-hx": '<i data-hx-get="/x" data-hx-trigger="load">x</i>',
    "out of band": '<b id="messages" hx-swap-oob="innerHTML">gone</b>',
    "out of band elsewhere": '<b id="x" hx-swap-oob="delete:#room">gone</b>',
    "partial": '<hx-partial hx-target="#room" hx-swap="innerHTML">gone</hx-partial>',
    "marker": '<data id="goby-at-x" data-goby-resync></data><!--goby:step-->',
    "link": "[x](javascript:struck=1) <a href=javascript:struck=1>x</a>",
    "address": "javascript:struck=1//http://elsewhere.example/",
    "from elsewhere": "<link rel=stylesheet href=//elsewhere.example/x.css>",
    "template": "{{ 7|add:7 }}{% load x %}${7*7}&lt;b&gt;&#0;",
    "override": "evil \u202e\u2066txt.exe \u200f",
    "zero width": "mi\u200bra\u2060 \ufeffx\u200dy",
    "fillers": "\u3164\u1160\u2800",
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001d54f",
    "nul": "a\x00b\x1b[31mc\x85",
}
TEN_MEGABYTES = 10_000_000

# Every action, with arguments that are in order. Each is replaced by each text in its turn.
ACTIONS: Mapping[str, Mapping[str, object]] = {
    "chat.answer": {"room": "night", "accept": True},
    "chat.ban": {"room": "crabs", "name": "nobody"},
    "chat.create": {"name": "Reef", "description": "", "private": False},
    "chat.delete": {"room": "lobby", "message": 0},
    "chat.edit": {"room": "lobby", "message": 2, "text": "x"},
    "chat.history": {"room": "lobby", "before": 5},
    "chat.invite": {"room": "crabs", "name": "nobody"},
    "chat.leave": {"room": "lobby"},
    "chat.mute": {"room": "crabs", "name": "nobody", "minutes": 5},
    "chat.read": {"room": "lobby", "message": 1},
    "chat.remove": {"room": "crabs", "name": "nobody"},
    "chat.search": {"words": "boots", "room": "", "before": 5},
    "chat.send": {"room": "lobby", "text": "x", "cid": ""},
    "chat.unban": {"room": "crabs", "name": "nobody"},
    "notifications.list": {"before": 5},
    "notifications.prefer": {"kind": "chat.mention", "enabled": True},
    "notifications.read": {"id": 1},
    "notifications.read_all": {},
    "notifications.see": {"up_to": 1},
    "presence.list": {"room": "chat:room:lobby"},
    "presence.typing": {"room": "chat:room:lobby", "stopped": False},
}


def packed(limit: int, *, without: Iterable[str] = ()) -> list[str]:
    """Return all texts, as many in one as have room in so many characters."""
    packs = [""]
    for name, text in TEXTS.items():
        if name not in without:
            if len(packs[-1]) + len(text) > limit:
                packs.append("")
            packs[-1] += text
    return packs


class Guard:
    """Watches a page for what a text must not do; `found` is what it did."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.found: list[str] = []
        page.on("dialog", self._spoke)
        page.on("request", self._asked)

    async def finds_nothing(self) -> None:
        """Assert that no text did anything, up to now."""
        struck = await self.page.evaluate("typeof struck")
        assert (struck, self.found) == ("undefined", [])

    async def _spoke(self, dialog: Dialog) -> None:
        self.found.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.found.append(f"request: {request.url}")
        elif request.url.endswith(("/x", "/x.png")):
            self.found.append(f"request that a text asked for: {request.url}")


# Its last line is what `Visitors` has to know.
PROGRAM = "from tests.browser.hostile import fill; fill()"


def fill() -> None:
    """Make the populated site, and besides it people and rooms whose names are the texts.

    No form takes such names; the pages must stand them all the same.
    """
    found = populated.make()
    lobby = Room.objects.get(slug="lobby")
    names = [pack.replace("\x00", "") for pack in packed(150)]
    mira, lena = (get_user_model().objects.get(username=name) for name in ("mira", "lena"))
    # Rooms of one's own come first: however many the tests make, her list shows the lobby.
    Standing.objects.create(room=lobby, user=lena, state=Standing.State.MEMBER)
    for number, name in enumerate(names):
        user = get_user_model().objects.create(username=name)
        found["sessions"][f"hostile-{number}"] = populated.session_of(user)
        room = Room.objects.create(
            slug=f"hostile-{number}", name=name[:80], description=name, is_private=True, owner=user
        )
        Standing.objects.create(room=room, user=mira, state=Standing.State.MEMBER)
        post(room=lobby, author=Author(user, name), text=f"{name} @mira")
    found["hostile"] = names
    print(json.dumps(found))
