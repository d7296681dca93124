"""The token of a page is good for who was shown the page, in that session, and until its end.

With the whole site and accounts of the database: whatever is tried, by the address of the socket
or by what a page says later, opens nothing, and the room's talk reaches nobody by it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client as Browser

from chat.messages import Author, post
from chat.models import Room
from realtime.tokens import SALT
from tests.chat.test_sockets import TOPIC, engine, people
from tests.person import Person

if TYPE_CHECKING:
    from tests.wire import Wire

__all__ = ["engine", "people"]

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = 1_600_000_000.0
# How the socket ends for each, as `goby.js` knows it: for good, or until the page is loaded anew.
FORGED, SIGNED_OUT, TOO_OLD = 1008, 4401, 4408


def changed(token: str) -> str:
    """Return a token in which one character of what was signed is another one."""
    return token[:5] + ("A" if token[5] != "A" else "B") + token[6:]


def tokens_of(mira: Person, otto: Person, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what Otto could try: his name is on none of the good ones of today."""
    good = mira.token(TOPIC)
    topics, user, session = signing.loads(otto.token(TOPIC), salt=SALT)
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: LONG_AGO)
        old = otto.token(TOPIC)
    elsewhere = Person(otto.user, "a session of another browser", otto.stack)
    return {
        "nothing": "",
        "nonsense": "nonsense\x00",
        "changed": changed(otto.token(TOPIC)),
        "cut": otto.token(TOPIC)[:-3],
        "of another key": signing.dumps([topics, user, session], key="another", salt=SALT),
        "of another purpose": signing.dumps([topics, user, session], salt="another"),
        "of another user": good,
        "of another session": elsewhere.token(TOPIC),
        "old": old,
    }


KINDS = {
    "nothing": FORGED,
    "nonsense": FORGED,
    "changed": FORGED,
    "cut": FORGED,
    "of another key": FORGED,
    "of another purpose": FORGED,
    "of another user": FORGED,
    "of another session": FORGED,
    "old": TOO_OLD,
}


async def tried(person: Person, token: str, way: str) -> Wire:
    """Return a page of this person that shows a token in its address, or later."""
    wire = await person.open_page(raw=token if way == "address" else person.token())
    if way == "later":
        wire.send_text(json.dumps({"goby": "follow", "token": token}))
    return wire


async def hears_nothing(wire: Wire, code: int, mira: Person) -> None:
    """Assert that the socket is closed, and that nothing of the room came by it."""
    assert await wire.closed() == code
    den = await sync_to_async(Room.objects.get)(slug="den")
    await sync_to_async(post)(room=den, author=Author(mira.user, "mira"), text="between us")
    assert "between us" not in wire.said
    assert wire.outgoing.empty()


@pytest.mark.parametrize("way", ["address", "later"])
@pytest.mark.parametrize("kind", KINDS)
async def test_token_that_is_not_theirs_opens_nothing(
    people: tuple[Person, Person], kind: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira, otto = people
    found = tokens_of(mira, otto, monkeypatch)
    assert found.keys() == KINDS.keys()
    if (kind, way) == ("nothing", "address"):
        return  # this is how a page connects that follows nothing
    await hears_nothing(await tried(otto, found[kind], way), KINDS[kind], mira)


@pytest.mark.parametrize("way", ["address", "later"])
async def test_token_is_of_no_use_after_signing_out(
    people: tuple[Person, Person], way: str
) -> None:
    mira, otto = people
    token, guest = otto.token(TOPIC), Person(otto.user, "", otto.stack)
    await sync_to_async(_sign_out)(otto)

    for who in (otto, guest):  # with the cookie of the session that ended, and without one
        wire = await who.open_page(raw=token if way == "address" else "")
        if way == "later":
            wire.send_text(json.dumps({"goby": "follow", "token": token}))
        await hears_nothing(wire, SIGNED_OUT, mira)


@pytest.mark.parametrize("way", ["address", "later"])
async def test_token_is_of_no_use_in_the_session_that_follows(
    people: tuple[Person, Person], way: str
) -> None:
    mira, otto = people
    token = otto.token(TOPIC)
    await sync_to_async(_sign_out)(otto)
    again = Person(otto.user, await sync_to_async(_sign_in)(otto), otto.stack)

    await hears_nothing(await tried(again, token, way), FORGED, mira)
    await again.open_page(TOPIC)


@pytest.mark.parametrize("follows", [True, False])
async def test_signing_out_closes_the_page_whether_or_not_it_follows_anything(
    people: tuple[Person, Person], *, follows: bool
) -> None:
    mira, otto = people
    wire = await otto.open_page(*([TOPIC] if follows else []))

    await sync_to_async(_sign_out)(otto)

    await hears_nothing(wire, SIGNED_OUT, mira)


def _sign_out(person: Person) -> None:
    browser = Browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = person.session
    assert browser.post("/accounts/sign-out/").status_code == 302
    assert not Session.objects.filter(pk=person.session).exists()


def _sign_in(person: Person) -> str:
    browser = Browser()
    browser.force_login(person.user)
    return str(browser.session.session_key)
