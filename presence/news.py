"""What is told of people: a diff of a room, and who types there, as publications."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from presence import topics
from presence.rooms import SITE, key_of
from realtime import registry
from realtime.exceptions import InvalidDataError, NotServingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from presence.people import Diff, Person
    from realtime import BoundTopic


async def tell(diff: Diff) -> bool:
    """Publish what changed in a room; return whether that could be done.

    Where names are too long for one publication it is a reset.
    """
    topic = topic_about(diff.room)
    try:
        try:
            await topic.apublish(data_of(diff))
        except InvalidDataError:
            await topic.apublish(data_of(replace(diff, joins=(), leaves=(), reset=True)))
    except NotServingError:  # the server stops, and nobody is here any more
        return False
    except Exception as error:  # noqa: BLE001 - the broker may be back for the next diff
        registry.engine().instrumentation.fail("presence", error)
        return False
    return True


async def tell_typing(room: str, users: list[str]) -> None:
    """Publish who types in a room. What is lost is out of date in some seconds anyway."""
    try:
        await topics.typing(room=key_of(room)).apublish({"room": room, "users": users})
    except NotServingError:  # as above
        return
    except Exception as error:  # noqa: BLE001 - as above
        registry.engine().instrumentation.fail("typing", error)


def topic_about(room: str) -> BoundTopic:
    """Return the topic on which a room's people are told."""
    return topics.site() if room == SITE else topics.people(room=key_of(room))


def data_of(diff: Diff) -> dict[str, Any]:
    """Return what programs and templates get to see of a diff."""
    return {
        "room": diff.room,
        "joins": people_of(diff.joins),
        "leaves": people_of(diff.leaves),
        "count": diff.count,
        "guests": diff.guests,
        "reset": diff.reset,
    }


def people_of(people: Iterable[Person]) -> list[dict[str, str]]:
    """Return people as JSON."""
    return [{"id": person.id, "name": person.name} for person in people]
