"""Over both sockets: live for the person alone, read in one window and shown in all."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

from goby_project.asgi import application
from notifications import announcements, anotify
from notifications.models import Announcement, Notification
from realtime import registry
from realtime.client import session_digest
from realtime.positions import positions_before
from realtime.tokens import Page, sign
from tests.notifications.conftest import KIND, announce, store
from tests.person import signed_in
from tests.threads import close_connections_of_the_worker_thread
from tests.wire import DATA, HTML, DataWire, Wire, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.person import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def engine() -> Iterator[registry.Engine]:
    close_connections_of_the_worker_thread()
    registry.reset()
    yield registry.engine()
    registry.reset()
    close_connections_of_the_worker_thread()


@pytest.fixture
async def people(engine: registry.Engine) -> AsyncIterator[tuple[Person, Person]]:
    """Sign Mira and Jonas in."""
    async with AsyncExitStack() as stack:
        mira, jonas = await signed_in(stack, "mira", "jonas")
        yield mira, jonas


def own_topic(person: Person) -> str:
    """Return the topic of the person's notifications."""
    return f"notifications#{person.user.pk}"


async def open_bell(person: Person) -> Wire:
    """Open the socket of a page with a bell."""
    return await settled(await person.open_page(own_topic(person), "notifications"))


def form(action: str, **values: object) -> str:
    """Return a form as htmx 4 sends it."""
    return json.dumps({"action": action, **values, "headers": {"HX-Request": "true"}})


async def settled(wire: Wire) -> Wire:
    """Wait for the markers, with which a page learns where its topics are."""
    while wire.said.count("<data id=") < 2:
        await wire.text()
    return wire


# Pages


async def test_page_gets_ones_own_notification_with_the_count(
    people: tuple[Person, Person],
) -> None:
    mira, jonas = people
    page, other = await open_bell(mira), await open_bell(jonas)

    [made] = await anotify(
        mira.user, kind=KIND, verb="waved at you in", target="<i>Lobby</i>", actor=jonas.user
    )

    html = await page.text()
    assert f'<li id="notification-{made.pk}" hx-swap-oob="delete"></li>' in html
    assert '<ol id="notifications" hx-swap-oob="afterbegin"><li ' in html
    assert '<span id="bell-count" hx-swap-oob="innerHTML"><b data-unread="1"' in html
    assert '<span id="bell-news" hx-swap-oob="innerHTML"><b dir="auto">jonas</b> waved' in html
    assert "&lt;i&gt;Lobby" in html
    assert "hx-" not in html.replace("hx-swap-oob", "")
    await announced_next(other)


async def announced_next(wire: Wire) -> None:
    """Assert that nothing came before an announcement that is made now."""
    [announcement] = await sync_to_async(announce)("That was all")
    await sync_to_async(announcements.publish)(announcement)
    assert (await wire.text()).lstrip().startswith(f'<li id="announcement-{announcement.pk}"')


async def test_read_in_one_window_shows_in_the_others(people: tuple[Person, Person]) -> None:
    mira, jonas = people
    first, second = await sync_to_async(store)(mira.user, 2)
    windows = [await open_bell(mira) for _ in range(2)]
    other = await open_bell(jonas)

    windows[0].send_text(form("notifications.read", id=str(first.pk)))
    for window in windows:
        html = await window.text()
        assert f'<data data-ids="{first.pk}" data-up-to="0" data-seen="0"></data>' in html
        assert '<b data-unread="1" data-announced="0" data-seen="0">1<' in html

    windows[1].send_text(form("notifications.read_all"))
    for window in windows:
        html = await window.text()
        assert f'data-ids="" data-up-to="{second.pk}"' in html
        assert '<b data-unread="0" data-announced="0" data-seen="0" hidden>' in html
    await announced_next(other)


async def test_announcement_reaches_everybody_signed_in(people: tuple[Person, Person]) -> None:
    pages = [await open_bell(person) for person in people]
    [announcement] = await sync_to_async(announce)("<b>Low</b> water at six")

    await sync_to_async(announcements.publish)(announcement)

    for page in pages:
        html = await page.text()
        assert '<ul id="announcements" hx-swap-oob="afterbegin"><li ' in html
        assert f'<data value="{announcement.pk}"></data>' in html
        assert "&lt;b&gt;Low&lt;/b&gt; water at six" in html


async def test_page_that_was_away_is_given_what_it_missed(people: tuple[Person, Person]) -> None:
    mira, _ = people
    page = await open_bell(mira)
    await anotify(mira.user, kind=KIND, verb="waved")
    offset, _, epoch = (await page.text()).split('value="')[-1].partition('"')[0].partition("~")
    await page.disconnect()

    await anotify(mira.user, kind=KIND, verb="said it again")
    token = sign(
        Page(
            topics=positions_before([own_topic(mira)], 0),
            user=str(mira.user.pk),
            session=session_digest(mira.session),
        )
    )
    at = f"{offset}~{epoch}~{own_topic(mira)}".replace("#", "%23")
    again = Wire(application, f"{HTML}?token={token}&at={at}", headers=mira._cookie)
    async with opened(again):
        html = await again.text()

    assert "Said it again" in html
    assert "Waved" not in html
    assert 'data-unread="2"' in html


@pytest.mark.parametrize("action", ["notifications.read", "notifications.follow"])
async def test_form_about_somebody_elses_is_refused(
    people: tuple[Person, Person], action: str
) -> None:
    mira, jonas = people
    [notification] = await sync_to_async(store)(jonas.user)
    page = await open_bell(mira)

    page.send_text(form(action, id=str(notification.pk)))

    assert '<div id="goby-errors" role="alert"' in await page.text()
    assert await Notification.objects.filter(read_at=None).aexists()


async def test_page_that_names_somebody_elses_topic_is_refused(
    people: tuple[Person, Person],
) -> None:
    mira, jonas = people
    page = await mira.open_page(own_topic(jonas))

    assert "You may not do that." in await page.text()
    await anotify(jonas.user, kind=KIND, verb="waved")
    page.send_text(form("notifications.nothing"))
    assert "Waved" not in await page.text()


async def test_what_is_deleted_goes_from_the_open_pages(people: tuple[Person, Person]) -> None:
    mira, jonas = people
    first, second, third = await sync_to_async(store)(mira.user, 3)
    page, other = await open_bell(mira), await open_bell(jonas)

    await Notification.objects.filter(pk__in=[first.pk, second.pk]).adelete()

    html = await page.text()
    assert f'<li id="notification-{first.pk}" hx-swap-oob="delete"></li>' in html
    assert f'<li id="notification-{second.pk}" hx-swap-oob="delete"></li>' in html
    assert f"notification-{third.pk}" not in html
    assert '<span id="bell-count" hx-swap-oob="innerHTML"><b data-unread="1"' in html
    assert "bell-news" not in html
    await announced_next(other)


async def test_withdrawn_announcement_goes_from_the_open_pages(
    people: tuple[Person, Person],
) -> None:
    pages = [await open_bell(person) for person in people]
    [announcement] = await sync_to_async(announce)("Never mind")

    await sync_to_async(announcements.withdraw)(Announcement.objects.filter(pk=announcement.pk))

    for page in pages:
        html = await page.text()
        assert f'<li id="announcement-{announcement.pk}" hx-swap-oob="delete"></li>' in html
        assert "bell-" not in html


# Programs


async def test_program_hears_what_a_page_sees(people: tuple[Person, Person]) -> None:
    mira, jonas = people
    program = await mira.open_program()
    await program.call("subscribe", channel=own_topic(mira))

    [made] = await anotify(mira.user, kind=KIND, verb="waved", actor=jonas.user)

    data = (await program.push())["pub"]["data"]
    assert (data["event"], data["id"], data["unread"]) == ("notification", made.pk, 1)
    reply = await program.call("rpc", method="notifications.list")
    assert [item["id"] for item in reply["rpc"]["data"]["notifications"]] == [made.pk]
    program.send_text(program.command("rpc", method="notifications.read", data={"id": made.pk}))
    answers: list[dict[str, Any]] = [await program.next(), await program.next()]
    [push] = [answer["push"] for answer in answers if "push" in answer]
    assert (push["pub"]["data"]["event"], push["pub"]["data"]["unread"]) == ("read", 0)


async def test_program_that_was_away_recovers_every_notification(
    people: tuple[Person, Person],
) -> None:
    mira, _ = people
    program = await mira.open_program()
    reply = await program.call("subscribe", channel=own_topic(mira))
    position = {"offset": reply["subscribe"].get("offset", 0), "epoch": reply["subscribe"]["epoch"]}
    await program.disconnect()

    for number in range(3):
        await anotify(mira.user, kind=KIND, verb=f"waved {number}")
    again = await mira.open_program()
    reply = await again.call("subscribe", channel=own_topic(mira), recover=True, **position)

    assert reply["subscribe"]["recovered"]
    missed = [each["data"] for each in reply["subscribe"]["publications"]]
    assert [data["verb"] for data in missed] == ["waved 0", "waved 1", "waved 2"]
    assert [data["unread"] for data in missed] == [1, 2, 3]


async def test_program_of_somebody_else_is_refused(people: tuple[Person, Person]) -> None:
    mira, jonas = people
    [notification] = await sync_to_async(store)(mira.user)
    program = await jonas.open_program()

    for name in ("subscribe", "history", "presence"):
        reply = await program.call(name, channel=own_topic(mira))
        assert reply["error"]["code"] in {103, 108}
    for data in ({"id": notification.pk}, {"id": 10**18}, {"id": -1}):
        reply = await program.call("rpc", method="notifications.read", data=data)
        assert reply["error"]["code"] == 404
    both = f"notifications#{mira.user.pk},{jonas.user.pk}"
    assert "error" in await program.call("subscribe", channel=both)
    assert "error" in await program.call(
        "publish", channel=own_topic(jonas), data={"event": "read"}
    )
    assert await Notification.objects.filter(read_at=None).aexists()


async def test_guest_hears_and_may_nothing(people: tuple[Person, Person]) -> None:
    mira, _ = people
    guest = DataWire(application, DATA)
    async with opened(guest):
        await guest.connect()
        for topic in (own_topic(mira), "notifications", "notifications#"):
            assert "error" in await guest.call("subscribe", channel=topic)
        for method in ("list", "read", "read_all", "see", "prefer"):
            reply = await guest.call("rpc", method=f"notifications.{method}", data={})
            assert reply["error"]["code"] == 103
