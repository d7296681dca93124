"""Before the test: rooms that are there, people who are let in, and a seat for each user."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from loadtest.browser import Browser
from loadtest.errors import LoadTestError
from loadtest.plan import ROOMS_PER_PERSON
from loadtest.user import Seat, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loadtest.plan import Plan

Found = TypeVar("Found")

_AT_ONCE = 8


async def arrange(plan: Plan, *, say: Callable[[str], None]) -> tuple[tuple[str, ...], list[User]]:
    """Return the rooms' slugs and the users, each with its seat; `say` tells what goes on."""
    await asyncio.to_thread(Browser(plan.site).look)
    people = await _let_in(plan, say=say)
    slugs = await _rooms(plan, people, say=say)
    if plan.sign_in == "none":
        url = plan.site.data_socket if plan.socket == "data" else f"{plan.site.ws}app/ws/html"
        seats = [Seat(url)] * plan.users
    else:
        say("Finding seats ...")
        seats = await _seats(plan, people, slugs)
    places = [index % len(slugs) for index in range(plan.users)]
    return slugs, [
        User(place, slugs[place], seat) for place, seat in zip(places, seats, strict=True)
    ]


async def _let_in(plan: Plan, *, say: Callable[[str], None]) -> list[Browser]:
    if plan.sign_in == "none":
        return []
    if plan.sessions:
        return [Browser(plan.site, session) for session in plan.sessions]
    say(f"Letting {plan.guests} guests in ...")
    people = [Browser(plan.site) for _ in range(plan.guests)]
    await _all(browser.enter_as_guest for browser in people)
    return people


async def _rooms(
    plan: Plan, people: list[Browser], *, say: Callable[[str], None]
) -> tuple[str, ...]:
    if not isinstance(plan.rooms, int):
        return plan.rooms
    if plan.rooms == 1:
        return ("lobby",)
    if plan.rooms > len(people) * ROOMS_PER_PERSON:
        raise LoadTestError(
            f"{len(people)} people can make {len(people) * ROOMS_PER_PERSON} rooms at once. "
            f"Write --accounts {-(-plan.rooms // ROOMS_PER_PERSON)} or more, or name rooms that "
            "there are."
        )
    say(f"Making {plan.rooms} rooms ...")
    makers = [
        partial(people[number % len(people)].make_room, f"Load test {number + 1}")
        for number in range(plan.rooms)
    ]
    return tuple(await _all(makers))


async def _seats(plan: Plan, people: list[Browser], slugs: tuple[str, ...]) -> list[Seat]:
    """Return a seat for each user. Who are the same person in the same room share its page."""
    pairs = [(index % len(people), index % len(slugs)) for index in range(plan.users)]
    wanted = list(dict.fromkeys(pairs))
    take = _program_seat if plan.socket == "data" else _page_seat
    found = await _all(partial(take, plan, people[one], slugs[room]) for one, room in wanted)
    seats = dict(zip(wanted, found, strict=True))
    return [seats[pair] for pair in pairs]


def _page_seat(plan: Plan, person: Browser, slug: str) -> Seat:
    address = person.address_of_room(slug)  # before the cookies, which it may renew
    return Seat(address, (("Cookie", person.cookies), ("Origin", plan.site.origin)))


def _program_seat(plan: Plan, person: Browser, slug: str) -> Seat:
    if plan.sign_in != "tokens":
        headers = (("Cookie", person.cookies), ("Origin", plan.site.origin))
        return Seat(plan.site.data_socket, headers)
    token = person.token()
    needed = plan.ramp_seconds + plan.seconds
    if seconds_left(token) < needed:
        raise LoadTestError(
            f"The site's tokens end after {seconds_left(token):.0f} seconds, and the test takes "
            f"{needed:.0f}. Shorten it, or raise TOKEN_TTL."
        )
    return Seat(plan.site.data_socket, token=token)


def seconds_left(token: str) -> float:
    """Return for how long a token is good, by what it says of itself; without an end, for ever."""
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return float(claims["exp"]) - time.time() if "exp" in claims else float("inf")


async def _all(works: Iterable[Callable[[], Found]]) -> list[Found]:
    """Do work in threads, some at once, and return its results; the first error ends it."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(work: Callable[[], Found]) -> Found:
        async with gate:
            return await asyncio.to_thread(work)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(work)) for work in works]
    except ExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None
    return [task.result() for task in tasks]
