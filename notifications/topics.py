"""Two topics: what concerns one person, and what concerns everybody.

The name of a person's topic ends with the person's id, which closes it to everybody else. Nobody
publishes here directly: what must not be missed is stored first.
"""

from __future__ import annotations

from realtime import History, Topic

# A program that was away for so long is given what it missed; later it asks for the list.
KEPT = History(size=50, ttl=24 * 3600)

mine = Topic(
    "notifications#{user}",
    fragment="notifications/live/mine.html",
    history=KEPT,
    can_subscribe="signed_in",
)
everybody = Topic(
    "notifications",
    fragment="notifications/live/announcement.html",
    history=KEPT,
    can_subscribe="signed_in",
)
