"""What a person must not miss: the bell in every window, and what came meanwhile."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.live import LOST
from tests.browser.notified import (
    become_staff,
    bell,
    items,
    mention,
    show,
    sign_in,
    sign_up,
)
from tests.browser.sites import on
from tests.browser.window import LONG

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.relay import Relay
    from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@on("playground", "playground-daphne", "htmx-2")
async def test_mention_shows_in_all_windows_of_a_person_and_so_does_reading_it(
    open_window: OpenWindow, mira: str
) -> None:
    desk, phone, other = await open_window(), await open_window(phone=True), await open_window()
    await sign_up(desk, mira)
    await asyncio.gather(sign_in(phone, mira), other.enter_live())
    await asyncio.gather(show(desk), phone.is_live())
    navigations = desk.navigations, phone.navigations
    await expect(desk.page.get_by_text("Nothing here yet")).to_be_visible()
    await expect(bell(desk)).to_have_accessible_name("Notifications")

    await other.say(f"Look at this, @{mira}!")

    for window in (desk, phone):
        await expect(bell(window)).to_have_accessible_name("Notifications 1 unread")
        news = window.page.locator("#bell-news")
        await expect(news).to_have_attribute("aria-live", "polite")
        await expect(news).to_contain_text("mentioned you in Lobby")
    await expect(items(desk)).to_have_count(1)
    await expect(desk.page.get_by_text("Nothing here yet")).to_be_hidden()
    await expect(bell(other)).to_have_accessible_name("Notifications")

    await mention(other, mira, "random")
    await expect(items(desk).first).to_contain_text("Random")
    await desk.page.get_by_role("button", name="Mark as read").first.click()

    for window in (desk, phone):
        await expect(bell(window)).to_have_accessible_name("Notifications 1 unread")
    await expect(items(desk).first).not_to_have_attribute("data-unread", "")
    await expect(items(desk).first.get_by_role("button")).to_have_count(0)
    await expect(items(desk).first.get_by_role("link")).to_be_focused()
    assert (desk.navigations, phone.navigations) == navigations

    await show(phone)
    await phone.page.get_by_role("button", name="Mark all as read").click()
    for window in (desk, phone):
        await expect(window.page.get_by_role("button", name="Mark as read")).to_have_count(0)
        await expect(bell(window)).to_have_accessible_name("Notifications")
    await expect(bell(other)).to_have_accessible_name("Notifications")


@on("playground", "playground-daphne", "htmx-2")
async def test_following_a_notification_leads_there_and_marks_it_everywhere(
    open_window: OpenWindow, mira: str
) -> None:
    desk, other = await open_window(), await open_window()
    await asyncio.gather(sign_up(desk, mira), other.enter_live())
    await show(desk)
    await mention(other, mira)
    second = await desk.context.new_page()
    await second.goto("/")
    await expect(second.locator("#bell").get_by_role("link")).to_have_accessible_name(
        "Notifications 1 unread"
    )

    await items(desk).get_by_role("link").click()

    await expect(desk.page).to_have_url(re.compile("/rooms/lobby/$"))
    await expect(bell(desk)).to_have_accessible_name("Notifications")
    await expect(second.locator("#bell").get_by_role("link")).to_have_accessible_name(
        "Notifications"
    )


@on("playground", "playground-daphne", "htmx-2")
async def test_announcement_of_staff_shows_everywhere_and_counts_once(
    open_window: OpenWindow, server: Server, mira: str
) -> None:
    desk, lobby = await open_window(), await open_window()
    staff = await open_window(tolerated="status of 404")  # the admin has no icon
    await asyncio.gather(sign_up(desk, mira), lobby.enter_live())
    await show(desk)
    await become_staff(staff, server)
    text = f"Low water at six <b>{mira}</b>"

    await staff.page.goto("/admin/notifications/announcement/add/")
    await staff.page.get_by_label("Text").fill(text)
    await staff.page.get_by_role("button", name="Save", exact=True).click()

    for window in (desk, lobby):
        await expect(bell(window)).to_have_accessible_name("Notifications 1 unread")
        await expect(window.page.locator("#bell-news")).to_contain_text(text)
    announcement = desk.page.locator("#announcements > li").first
    await expect(announcement).to_contain_text(text)
    await desk.page.reload()  # what the page counted is what the server counts
    await expect(bell(desk)).to_have_accessible_name("Notifications 1 unread")
    await expect(desk.page.locator("[data-goby-state=live]")).to_have_count(1)
    await mention(lobby, mira)
    await expect(bell(desk)).to_have_accessible_name("Notifications 2 unread")

    await announcement.get_by_role("button", name="Mark as read").click()

    await expect(announcement.get_by_role("button")).to_have_count(0)
    await expect(bell(desk)).to_have_accessible_name("Notifications 1 unread")
    await expect(bell(lobby)).to_have_accessible_name("Notifications 1 unread")

    # One that was read and is changed is not unread again; what is deleted is gone.
    path = (await announcement.get_attribute("id") or "").replace("-", "/")
    await staff.page.goto(f"/admin/notifications/{path}/change/")
    await staff.page.get_by_label("Text").fill("Low water at seven")
    await staff.page.get_by_role("button", name="Save", exact=True).click()
    await expect(announcement).to_contain_text("Low water at seven")
    await expect(announcement.get_by_role("button")).to_have_count(0)
    await expect(bell(desk)).to_have_accessible_name("Notifications 1 unread")
    await staff.page.goto(f"/admin/notifications/{path}/delete/")
    await staff.page.get_by_role("button", name="sure").click()
    await expect(desk.page.locator(f"#{path.replace('/', '-')}")).to_have_count(0)
    path = (await items(desk).first.get_attribute("id") or "").replace("-", "/")
    await staff.page.goto(f"/admin/notifications/{path}/delete/")
    await staff.page.get_by_role("button", name="sure").click()
    await expect(items(desk)).to_have_count(0)
    await expect(bell(desk)).to_have_accessible_name("Notifications")


@on("playground", "playground-daphne", "htmx-2")
async def test_page_whose_line_was_cut_shows_what_came_meanwhile_once(
    open_window: OpenWindow, mira: str, line: Relay
) -> None:
    away = await open_window(url=line.url, tolerated=LOST)
    other = await open_window()
    await asyncio.gather(sign_up(away, mira), other.enter_live())
    await show(away)
    await mention(other, mira)
    await expect(items(away)).to_have_count(1)

    await line.cut()
    await expect(away.page.locator("[data-goby-state=reconnecting]")).to_have_count(1)
    for room in ("random", "harbour"):
        await mention(other, mira, room)
    await expect(items(away)).to_have_count(1)
    await line.mend()

    await expect(items(away)).to_have_count(3, timeout=LONG)
    assert [
        re.sub(r".* you in (\w+).*", r"\1", text)
        for text in await items(away).get_by_role("link").all_inner_texts()
    ] == ["Harbour", "Random", "Lobby"]
    await expect(bell(away)).to_have_accessible_name("Notifications 3 unread")


@on("playground", "playground-daphne", "htmx-2")
async def test_page_shows_what_was_stored_while_the_server_was_down(
    open_window: OpenWindow, server: Server, mira: str
) -> None:
    lost = f"{LOST}|already in CLOSING or CLOSED"
    listing, lobby = await open_window(tolerated=lost), await open_window(tolerated=lost)
    await sign_up(listing, mira)
    await asyncio.gather(show(listing), sign_in(lobby, mira))
    await lobby.is_live()
    navigations = listing.navigations, lobby.navigations

    await asyncio.to_thread(server.stop)
    program = (
        "from django.contrib.auth.models import User; from notifications import notify;"
        f"notify(User.objects.get(username={mira!r}), kind='chat.mention', verb='your turn')"
    )
    done = await asyncio.to_thread(server.manage, "shell", "-c", program)
    assert done.returncode == 0, done.stderr
    await asyncio.to_thread(server.start)

    for window in (listing, lobby):
        await expect(bell(window)).to_have_accessible_name("Notifications 1 unread", timeout=LONG)
    await expect(items(listing)).to_have_count(1)
    await expect(items(listing)).to_contain_text("Your turn")
    assert (listing.navigations, lobby.navigations) == navigations
