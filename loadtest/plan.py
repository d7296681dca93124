"""What a load test does: everything that was asked for, checked before anything begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from loadtest.errors import LoadTestError
from loadtest.schedule import even, thoughtful

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loadtest.address import Site
    from loadtest.schedule import Due

Socket = Literal["html", "data"]
SignIn = Literal["none", "guests", "tokens"]

# The chat lets one person say 25 messages in 10 seconds; the rest is for its clock and ours.
MOST_PER_PERSON = 2.0
# It lets one person make 5 rooms at once.
ROOMS_PER_PERSON = 5
_LEAST_ACCOUNTS = 20
_RAMP_PER_SECOND = 200.0
# A message has this many characters at most, and needs some to say what it is.
SMALLEST, LARGEST = 32, 4_000
LONGEST = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A load test. Times are in seconds; 0 accounts and a negative ramp are for us to choose.

    `rooms` are slugs, or how many rooms to make. `rate` is that of all users together; with
    `think` each pauses that long on average instead. Every `storm_every` seconds the share
    `storm_share` of the connections is cut.
    """

    site: Site
    socket: Socket = "html"
    users: int = 100
    seconds: float = 60.0
    ramp: float = -1.0
    rooms: tuple[str, ...] | int = ("lobby",)
    rate: float = 10.0
    think: float = 0.0
    size: int = 64
    sign_in: SignIn = "guests"
    sessions: tuple[str, ...] = ()
    accounts: int = 0
    storm_every: float = 0.0
    storm_share: float = 0.5
    seed: int = 1

    @property
    def ramp_seconds(self) -> float:
        """How long the users take to connect."""
        return self.users / _RAMP_PER_SECOND if self.ramp < 0 else self.ramp

    @property
    def messages_per_second(self) -> float:
        """What all users say together in a second."""
        return self.users / self.think if self.think else self.rate

    @property
    def people(self) -> int:
        """How many the site takes the users for."""
        if self.sign_in == "none":
            return self.users
        return len(self.sessions) or self.guests

    @property
    def guests(self) -> int:
        """How many accounts are made where there are no sessions."""
        needed = max(_LEAST_ACCOUNTS, math.ceil(self.messages_per_second / MOST_PER_PERSON))
        return min(self.users, self.accounts or needed)

    def schedule(self) -> Iterator[Due]:
        """Return who says something when."""
        if self.think:
            return thoughtful(
                think=self.think, seconds=self.seconds, users=self.users, seed=self.seed
            )
        return even(rate=self.rate, seconds=self.seconds, users=self.users)


def checked(plan: Plan) -> Plan:
    """Return the plan, or raise `LoadTestError` with the first thing that is wrong with it."""
    for is_wrong, sentence in (*_bounds(plan), *_contradictions(plan)):
        if is_wrong:
            raise LoadTestError(sentence)
    return plan


def _bounds(plan: Plan) -> list[tuple[bool, str]]:
    return [
        (plan.users < 1, "There must be at least one user: manage.py loadtest 100."),
        (not 0 < plan.seconds <= LONGEST, "A test takes from a moment to a day: write 60."),
        (not plan.ramp <= LONGEST, "--ramp is at most a day: write 10."),
        (not plan.rate >= 0, "--rate is how many messages a second there are; 0 is none."),
        (not 0 <= plan.think <= LONGEST, "--think is a pause in seconds: write 5."),
        (
            not SMALLEST <= plan.size <= LARGEST,
            f"--size is that of a message in characters, {SMALLEST} to {LARGEST}.",
        ),
        (
            not 0 <= plan.storm_every <= LONGEST,
            "--storm is how many seconds pass between two storms: write 10.",
        ),
        (not 0 < plan.storm_share <= 1, "--storm-share is a share, such as 0.5; 1 is everybody."),
        (
            not plan.rooms,
            "--rooms names rooms (lobby,random), or says how many to make (20).",
        ),
    ]


def _contradictions(plan: Plan) -> list[tuple[bool, str]]:
    per_person = plan.messages_per_second / max(1, plan.people)
    return [
        (
            plan.socket == "html" and plan.sign_in == "tokens",
            "Tokens are for the Data socket: write --socket data as well.",
        ),
        (
            plan.socket == "html" and plan.sign_in == "none" and plan.messages_per_second > 0,
            "A page without a session follows nothing, so no message could arrive. Write --rate 0 "
            "to hold such connections, or --sign-in guests.",
        ),
        (
            plan.sign_in == "none" and bool(plan.sessions),
            "--sessions and --sign-in none exclude each other: leave one out.",
        ),
        (
            plan.sign_in == "none" and isinstance(plan.rooms, int) and plan.rooms > 1,
            "Only who is signed in can make rooms. Name some with --rooms lobby,random, or write "
            "--sign-in guests.",
        ),
        (
            per_person > MOST_PER_PERSON,
            f"{per_person:.1f} messages a second and person are more than the chat lets anybody "
            f"say ({MOST_PER_PERSON:g}). Lower --rate, or let more people in: more users, "
            "--accounts, or more lines in --sessions.",
        ),
    ]
