"""Subscription tokens that were issued to a session: they are worth nothing without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.test import Client as Browser

from realtime.identity import seal
from tests.realtime.commands.credentials import PRIVATE, declared, opened_with, person, signed_in
from tests.tokens import KEYS, mint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import Configure, OpenData

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _site(goby: Configure) -> Iterator[None]:
    """A site that believes tokens."""
    with declared():
        goby(TOKEN_KEYS=KEYS)
        yield


@sync_to_async
def guest() -> tuple[str, str]:
    """Return the cookie and the sealed key of the session of somebody without an account."""
    browser = Browser()
    session = browser.session
    session.save()
    assert session.session_key is not None
    return f"sessionid={session.session_key}", seal(session.session_key)


async def test_token_of_a_session_lets_follow_while_the_session_lasts(open_data: OpenData) -> None:
    browser, session = await signed_in(await person())
    token = mint(sub="42", sid=session, channel=PRIVATE)
    wire = await opened_with(open_data, mint(sub="42"))

    first = await wire.call("subscribe", channel=PRIVATE, token=token)
    await wire.call("unsubscribe", channel=PRIVATE)
    await sync_to_async(browser.logout)()
    wire = await opened_with(open_data, mint(sub="42"))
    second = await wire.call("subscribe", channel=PRIVATE, token=token)

    assert "subscribe" in first
    assert second["error"]["code"] == 103


async def test_guests_token_is_for_the_guests_own_session(open_data: OpenData) -> None:
    cookie, session = await guest()
    token = mint(sub="", sid=session, channel=PRIVATE)
    other, _ = await guest()

    own = await (await open_data(cookie=cookie)).call("subscribe", channel=PRIVATE, token=token)
    foreign = await (await open_data(cookie=other)).call("subscribe", channel=PRIVATE, token=token)

    assert "subscribe" in own
    assert foreign["error"]["code"] == 103


async def test_token_of_no_session_of_ours_is_refused(open_data: OpenData) -> None:
    wire = await open_data()
    token = mint(sub="", sid="nonsense", channel=PRIVATE)

    assert (await wire.call("subscribe", channel=PRIVATE, token=token))["error"]["code"] == 103


async def test_private_topic_without_a_token_is_refused(open_data: OpenData) -> None:
    wire = await open_data()

    assert (await wire.call("subscribe", channel=PRIVATE))["error"]["code"] == 103
