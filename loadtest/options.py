"""The command's arguments as a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadtest.address import site_at
from loadtest.files import read_sessions
from loadtest.plan import Plan, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loadtest.plan import SignIn


def plan_of(options: Mapping[str, Any]) -> Plan:
    """Return the plan; raise `LoadTestError` if it is none."""
    sessions = options["sessions"]
    usual: SignIn = "guests" if options["socket"] == "html" or sessions else "none"
    return checked(
        Plan(
            site=site_at(options["url"]),
            socket=options["socket"],
            users=options["users"],
            seconds=options["seconds"],
            ramp=options["ramp"],
            rooms=rooms_of(options["rooms"]),
            rate=options["rate"],
            think=options["think"],
            size=options["size"],
            sign_in=options["sign_in"] or usual,
            sessions=read_sessions(sessions) if sessions else (),
            accounts=options["accounts"],
            storm_every=options["storm"],
            storm_share=options["storm_share"],
            seed=options["seed"],
        )
    )


def rooms_of(text: str) -> tuple[str, ...] | int:
    """Return how many rooms to make, or the slugs of those to use."""
    if text.isdecimal():
        return int(text)
    return tuple(dict.fromkeys(slug.strip() for slug in text.split(",") if slug.strip()))
