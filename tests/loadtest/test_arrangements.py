"""Before the test: what cannot be arranged is said before anybody connects."""

from __future__ import annotations

import time

import jwt
import pytest

from loadtest.address import site_at
from loadtest.arrangements import arrange, seconds_left
from loadtest.browser import Browser
from loadtest.errors import LoadTestError
from loadtest.plan import Plan

SITE = site_at("http://127.0.0.1:8000/")
PEOPLE = ("sessionid=one", "sessionid=two")


def token(**claims: object) -> str:
    return jwt.encode({"sub": "1", **claims}, "k" * 32, algorithm="HS256")


@pytest.fixture(autouse=True)
def site_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Browser, "look", lambda _: None)


def ignore(_sentence: str) -> None:
    """Show nothing."""


async def test_users_are_spread_over_rooms_and_people_in_the_same_room_share_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []

    def address(browser: Browser, slug: str) -> str:
        asked.append((browser.cookies, slug))
        return f"ws://site/{slug}?token={browser.cookies}"

    monkeypatch.setattr(Browser, "address_of_room", address)
    plan = Plan(site=SITE, users=8, sessions=PEOPLE, rooms=("lobby", "random"))
    slugs, users = await arrange(plan, say=ignore)

    assert slugs == ("lobby", "random")
    assert [user.slug for user in users] == ["lobby", "random"] * 4
    assert sorted(asked) == [("sessionid=one", "lobby"), ("sessionid=two", "random")]
    assert dict(users[1].seat.headers)["Cookie"] == "sessionid=two"
    assert users[1].seat is users[3].seat


async def test_one_room_is_the_lobby_and_is_not_made() -> None:
    plan = Plan(site=SITE, users=2, rooms=1, socket="data", sign_in="none")
    slugs, users = await arrange(plan, say=ignore)

    assert slugs == ("lobby",)
    assert users[0].seat.url == SITE.data_socket


async def test_more_rooms_than_people_may_make_are_refused() -> None:
    plan = Plan(site=SITE, sessions=PEOPLE, rooms=11)

    with pytest.raises(LoadTestError, match=r"2 people can make 10 rooms at once\. .*--accounts 3"):
        await arrange(plan, say=ignore)


async def test_tokens_that_end_before_the_test_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = token(exp=int(time.time()) + 30)
    monkeypatch.setattr(Browser, "token", lambda _: short)
    plan = Plan(site=SITE, sessions=PEOPLE, socket="data", sign_in="tokens")

    with pytest.raises(LoadTestError, match=r"end after \d\d seconds, and the test takes 6[01]"):
        await arrange(plan, say=ignore)


def test_token_without_an_end_is_good_for_ever() -> None:
    assert seconds_left(token()) == float("inf")
