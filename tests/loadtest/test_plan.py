"""The plan: what cannot be done is said before anything begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtest.address import site_at
from loadtest.errors import LoadTestError
from loadtest.plan import Plan, checked

PLAN = Plan(site=site_at("http://127.0.0.1:8000/"))


def test_usual_plan_is_that_of_the_guides_script() -> None:
    assert checked(PLAN) is PLAN
    assert (PLAN.users, PLAN.seconds, PLAN.socket) == (100, 60.0, "html")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"users": 0}, "at least one user"),
        ({"seconds": 0.0}, "from a moment to a day"),
        ({"seconds": float("nan")}, "from a moment to a day"),
        ({"seconds": 100_000.0}, "from a moment to a day"),
        ({"ramp": 100_000.0}, "--ramp is at most a day"),
        ({"rate": -1.0}, "--rate is how many"),
        ({"think": -1.0}, "--think is a pause"),
        ({"size": 10}, "32 to 4000"),
        ({"size": 4_001}, "32 to 4000"),
        ({"storm_every": -1.0}, "between two storms"),
        ({"storm_share": 0.0}, "--storm-share is a share"),
        ({"storm_share": 1.1}, "--storm-share is a share"),
        ({"rooms": ()}, "--rooms names rooms"),
        ({"rooms": 0}, "--rooms names rooms"),
        ({"sign_in": "tokens"}, "write --socket data"),
        ({"sign_in": "none"}, "follows nothing"),
        (
            {"socket": "data", "sign_in": "none", "sessions": ("sessionid=a",)},
            "exclude each other",
        ),
        ({"socket": "data", "sign_in": "none", "rooms": 2}, "Only who is signed in"),
        ({"users": 4, "rate": 10.0}, r"2\.5 messages a second and person"),
        ({"sessions": ("sessionid=a",), "rate": 3.0}, r"3\.0 messages a second and person"),
    ],
)
def test_what_cannot_be_done_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LoadTestError, match=sentence):
        checked(replace(PLAN, **changes))


def test_pages_without_a_session_may_be_held_in_silence() -> None:
    assert checked(replace(PLAN, sign_in="none", rate=0.0)).people == 100


def test_as_many_guests_are_made_as_the_rate_needs() -> None:
    assert replace(PLAN, users=5_000, rate=200.0).guests == 100
    assert replace(PLAN, users=5_000).guests == 20
    assert replace(PLAN, users=8).guests == 8
    assert replace(PLAN, accounts=50).guests == 50


def test_thinking_users_settle_the_rate_and_the_schedule() -> None:
    plan = replace(PLAN, think=20.0, seconds=2_000.0)

    assert plan.messages_per_second == 5.0
    assert len(list(plan.schedule())) == pytest.approx(10_000, rel=0.1)
    assert len(list(replace(PLAN, seconds=2.0).schedule())) == 20


def test_ramp_is_two_hundred_users_a_second_unless_told() -> None:
    assert replace(PLAN, users=5_000).ramp_seconds == 25.0
    assert replace(PLAN, ramp=0.0).ramp_seconds == 0.0
