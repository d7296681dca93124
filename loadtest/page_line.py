"""A page's connection: the HTML socket as htmx and `goby.js` speak it, with recovery.

A page has no replies. Its own message is the answer to it, or a sentence about an error; the server
takes the messages of one page in turn, so a sentence is about the oldest that has no answer.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from loadtest.line import Line

if TYPE_CHECKING:
    from loadtest.user import User

_MARKER = b'id="goby-at-'
_ENTERED = b"data-goby-entered"
_RESYNC = b"data-goby-resync"
_ERROR = b'id="goby-errors"'
_sentences = re.compile(rb'<div id="goby-errors"[^>]*>([^<]*)</div>').findall
_positions = re.compile(rb'id="goby-at-[^"]*" value="([^"]*)"').findall


class PageLine(Line):
    """Follows what its page's token says, and says things by the form of the room."""

    @classmethod
    def address(cls, user: User) -> str:
        """Return the page's address; who was there before says where that was."""
        found = _positions(user.newest)
        if not found:
            return user.seat.url
        at = f"{unescape(found[-1].decode())}~chat.room.{user.slug}"
        return f"{user.seat.url}&{urlencode({'at': at})}"

    def greet(self) -> None:
        """Nothing: the server begins. A page without a token follows nothing, and is in."""
        if "token=" not in self.user.seat.url:
            self.enter()

    def said(self, number: int, cid: str, text: str) -> bytes:
        """Return the form as htmx sends it."""
        values = {"action": "chat.send", "room": self.user.slug, "text": text, "cid": cid}
        return json.dumps({**values, "headers": {"HX-Request": "true"}}).encode()

    def listen(self, payload: bytes, now: int) -> None:
        """Take fragments, and behind them perhaps how far they go."""
        found = self.run.marks.find(payload)
        if found:
            self._take(found, now)
        if _MARKER in payload:
            self.user.newest = payload
        if _ENTERED in payload:
            self.run.tally.resyncs += _RESYNC in payload
            self.enter()
        if _ERROR in payload:
            for sentence in _sentences(payload):
                self._told(unescape(sentence.decode()))

    def _take(self, found: list[tuple[bytes, bytes]], now: int) -> None:
        if self.is_open:
            self.arrive(found, now)
        else:
            self.recover(found)
        if self.user.pending:
            for digits, _ in found:
                self.answer(int(digits))

    def _told(self, sentence: str) -> None:
        if not self.is_open:
            self.refuse(sentence)
        elif self.user.pending:
            self.answer(next(iter(self.user.pending)), sentence)
        else:
            self.run.tally.fail(sentence)
