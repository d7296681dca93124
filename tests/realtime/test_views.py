"""The view that issues tokens: to whom, for what, and what they are good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from realtime import Topic, registry
from realtime.identity import identify
from tests.threads import close_connections_of_the_worker_thread
from tests.tokens import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpResponse
    from pytest_django import Settings

    from realtime.client import Client

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = reverse("realtime:token")


@pytest.fixture(autouse=True)
def configure(settings: Settings) -> Iterator[Callable[..., registry.Engine]]:
    """Return a function that configures the site; it has a key and lets nobody in as a guest."""

    def configured(**options: object) -> registry.Engine:
        settings.GOBY = {"PROFILE": "production", **options}
        registry.reset()
        return registry.engine()

    close_connections_of_the_worker_thread()
    configured(TOKEN_KEYS=KEYS, TOKEN_TTL=90)
    yield configured
    registry.reset()
    close_connections_of_the_worker_thread()


@pytest.fixture(autouse=True)
def _topics() -> Iterator[None]:
    declared = [
        Topic("$view.team.{name}", can_subscribe=_is_member),
        Topic("view.own#{user}", can_subscribe="signed_in"),
        Topic("view.closed"),
    ]
    yield
    for topic in declared:
        registry.catalog.remove(topic.pattern)


def _is_member(client: Client, *, name: str) -> bool:
    return User.objects.filter(pk=client.user_id, username=name).exists()


@pytest.fixture
def member() -> Browser:
    """A browser in which Ada, user 42, is signed in."""
    browser = Browser()
    browser.force_login(User.objects.create_user("ada", pk=42))
    return browser


def ask(browser: Browser, **query: str) -> Any:
    return browser.get(ADDRESS, query)


def token_of(response: HttpResponse) -> str:
    """Return the token of an answer that holds one."""
    body: dict[str, str] = _json(response)
    assert (response.status_code, list(body)) == (200, ["token"]), response.content
    return body["token"]


async def test_member_gets_a_connection_token_that_lasts_as_long_as_the_session(
    member: Browser,
) -> None:
    from asgiref.sync import sync_to_async

    response = await sync_to_async(ask)(member)
    claims = registry.engine().keyring.connection(token_of(response))
    identity = await identify(claims, allow_unknown=False)

    assert (claims.user, claims.ttl() in {89, 90}) == ("42", True)
    assert identity.user.username == "ada"
    assert identity.session != ""
    assert "no-store" in response.headers["Cache-Control"]


def test_guest_is_told_to_sign_in_first() -> None:
    response = ask(Browser())

    assert (response.status_code, response.json()) == (401, {"error": "Sign in first."})


def test_guest_gets_a_token_where_guests_are_allowed(
    configure: Callable[..., registry.Engine],
) -> None:
    engine = configure(TOKEN_KEYS=KEYS, ALLOW_GUESTS=True)

    claims = engine.keyring.connection(token_of(ask(Browser())))

    assert (claims.user, claims.session) == ("", "")


@pytest.mark.parametrize("topic", ["$view.team.ada", "view.own#42"])
def test_member_gets_a_subscription_token_for_what_may_be_followed(
    topic: str, member: Browser
) -> None:
    claims = registry.engine().keyring.subscription(token_of(ask(member, topic=topic)))

    assert (claims.user, claims.topic) == ("42", topic)


@pytest.mark.parametrize(
    ("topic", "status"),
    [
        ("$view.team.bob", 403),
        ("view.own#43", 403),
        ("view.closed", 403),
        ("no.such.topic", 404),
        ("", 404),
    ],
)
def test_topic_that_may_not_be_followed_is_refused(
    topic: str, status: int, member: Browser
) -> None:
    response = ask(member, topic=topic)

    assert response.status_code == status
    assert list(response.json()) == ["error"]


def test_site_without_a_key_issues_nothing(
    configure: Callable[..., registry.Engine],
    member: Browser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = configure()

    response = ask(member)

    assert (response.status_code, response.json()) == (
        503,
        {"error": "This site issues no tokens."},
    )
    assert engine.instrumentation.failures == {"token view": 1}
    assert "token view" in caplog.text


def test_only_get_is_answered(member: Browser) -> None:
    assert member.post(ADDRESS).status_code == 405


def _json(response: Any) -> Any:
    return response.json()


def test_site_that_is_open_to_everybody_gives_everybody_a_token(
    configure: Callable[..., registry.Engine],
) -> None:
    configure(PROFILE="development", INSECURE=True, TOKEN_KEYS=KEYS)

    for topic in ("$view.team.ada", "view.own#42", "view.closed"):
        assert ask(Browser(), topic=topic).status_code == 200
    assert ask(Browser(), topic="no.such.topic").status_code == 404
