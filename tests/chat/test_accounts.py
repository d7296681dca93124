"""Coming in and going out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client as Browser

PASSWORD = "lilac-harbour-77"
FOREIGN = ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]


@pytest.mark.django_db
def test_enter_as_guest_leads_to_the_lobby(client: Browser) -> None:
    response = client.post(reverse("chat:enter"))
    assert response.headers["Location"] == "/rooms/lobby/"
    assert client.get("/rooms/lobby/").context["user"].username.startswith("guest-")


@pytest.mark.django_db
def test_enter_as_guest_leads_back_to_where_the_visitor_wanted_to_go(client: Browser) -> None:
    entrance = client.get("/rooms/random/?before=9", follow=True)
    assert entrance.templates[0].name == "chat/entrance.html"
    response = client.post(reverse("chat:enter"), {"next": entrance.context["next"]})
    assert response.headers["Location"] == "/rooms/random/?before=9"


@pytest.mark.django_db
@pytest.mark.parametrize("target", FOREIGN)
def test_enter_as_guest_never_leads_to_another_site(client: Browser, target: str) -> None:
    response = client.post(reverse("chat:enter"), {"next": target})
    assert response.headers["Location"] == "/rooms/lobby/"


@pytest.mark.django_db
def test_enter_as_guest_with_a_word_as_next_is_no_error(client: Browser) -> None:
    response = client.post(reverse("chat:enter"), {"next": "lobby"})
    assert response.status_code == 302


def test_enter_as_guest_when_signed_in_keeps_the_account(browser: Browser) -> None:
    browser.post(reverse("chat:enter"))
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_enter_as_guest_by_a_link_makes_nobody(client: Browser) -> None:
    assert client.get(reverse("chat:enter")).headers["Location"] == "/"
    assert not User.objects.exists()


@pytest.mark.django_db
def test_sign_up_makes_an_account_and_lets_in(client: Browser) -> None:
    form = {"username": "otto", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(f"{reverse('chat:sign_up')}?next=/rooms/random/", form)
    assert response.headers["Location"] == "/rooms/random/"
    assert client.get("/rooms/lobby/").context["user"].username == "otto"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["chat:sign_up", "chat:sign_in"])
def test_sign_up_and_in_show_what_is_wrong(client: Browser, name: str) -> None:
    form = {"username": "nobody", "password": "x", "password1": "x", "password2": "y"}
    response = client.post(reverse(name), form)
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("target", ["", *FOREIGN])
def test_sign_in_leads_to_the_lobby_and_never_to_another_site(
    client: Browser, mira: User, target: str
) -> None:
    form = {"username": mira.username, "password": "a long enough password", "next": target}
    response = client.post(reverse("chat:sign_in"), form)
    assert response.headers["Location"] == "/rooms/lobby/"


@pytest.mark.django_db
@pytest.mark.parametrize("target", FOREIGN)
def test_sign_up_never_leads_to_another_site(client: Browser, target: str) -> None:
    form = {"username": "otto", "password1": PASSWORD, "password2": PASSWORD, "next": target}
    assert client.post(reverse("chat:sign_up"), form).headers["Location"] == "/rooms/lobby/"


@pytest.mark.django_db
@pytest.mark.parametrize("target", FOREIGN)
def test_entrance_offers_no_way_to_another_site(client: Browser, target: str) -> None:
    assert client.get("/", {"next": target}).context["next"] == ""


def test_sign_in_page_is_skipped_when_signed_in(browser: Browser) -> None:
    assert browser.get(reverse("chat:sign_in")).headers["Location"] == "/rooms/lobby/"


def test_sign_out_leads_to_the_entrance(browser: Browser) -> None:
    assert browser.post(reverse("chat:sign_out")).headers["Location"] == "/"
    assert browser.get("/").templates[0].name == "chat/entrance.html"


def test_sign_out_by_a_link_is_refused(browser: Browser) -> None:
    assert browser.get(reverse("chat:sign_out")).status_code == 405
    assert browser.get("/").templates[0].name == "chat/rooms.html"
