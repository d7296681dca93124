"""The topics about people: who is online, who is in a room, who types there.

Of all three the last publication says what a page that comes back has to show, so each keeps one.
"""

from __future__ import annotations

from presence.rooms import SITE, may_see
from realtime import History, Topic

LATEST = History(size=1, ttl=86_400, recovery="latest")

# Whether visitors without an account are let in is for the sockets to decide, by the settings.
# The command `presence` is for nobody: it tells of connections, too, where people are enough.
site = Topic(
    SITE,
    fragment="presence/live/online.html",
    history=LATEST,
    presence=True,
    can_subscribe="anyone",
)

people = Topic(
    "presence.in.{room}",
    fragment="presence/live/people.html",
    history=LATEST,
    can_subscribe=may_see,
)

typing = Topic(
    "typing.in.{room}",
    fragment="presence/live/typing.html",
    history=LATEST,
    overflow="latest",
    can_subscribe=may_see,
)
