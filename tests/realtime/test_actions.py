"""Actions: registered by name, checked before they run, the same from a socket and a view."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from realtime import ActionError, acall_action, action, actions, call_action, registry
from realtime.client import Client, session_digest
from realtime.exceptions import CommandError, ConfigurationError
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

GUEST = Client(id="1", socket="data", user=AnonymousUser())
PAGE = Client(id="2", socket="html", user=AnonymousUser())


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Engine]:
    """A fresh engine, and no actions but those of the test."""
    close_connections_of_the_worker_thread()
    monkeypatch.setattr(actions, "_actions", {})
    registry.reset()
    yield registry.engine()
    registry.reset()
    close_connections_of_the_worker_thread()


def request_of(user: Any, session_key: str | None = None) -> HttpRequest:
    """Return a request as the middleware leaves it."""
    request = RequestFactory().post("/")
    request.user = SimpleLazyObject(lambda: user() if callable(user) else user)  # type: ignore[assignment]  # lazy, as the middleware leaves it
    request.session = SessionStore(session_key)
    return request


async def perform(name: str, client: Client = GUEST, **data: object) -> Any:
    """Find and run an action."""
    return await actions.perform(actions.find(name), client, data)


# Registering


def test_handler_stays_what_it_was() -> None:
    def handler(client: Client) -> None:
        """Do nothing."""

    assert action("app.do")(handler) is handler
    assert actions.find("app.do").handler is handler


def test_name_is_registered_once() -> None:
    action("app.do")(lambda client: None)

    with pytest.raises(ConfigurationError, match="registered twice"):
        action("app.do")(lambda client: None)


def test_unknown_permission_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ConfigurationError, match="is no permission"):
        action("app.do", allow="everybody")


def test_handler_with_arguments_that_cannot_be_checked_is_refused() -> None:
    def handler(client: Client, *, when: bytes) -> None:
        """Take what JSON does not have."""

    with pytest.raises(ConfigurationError, match="'when'"):
        action("app.do")(handler)


def test_unknown_action_is_refused_with_104() -> None:
    with pytest.raises(CommandError) as refused:
        actions.find("app.nothing")
    assert refused.value.code == 104


# Performing


async def test_async_handler_runs_on_the_loop() -> None:
    @action("app.where", allow="anyone")
    async def where(_client: Client) -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    assert await perform("app.where") == threading.get_ident()


async def test_sync_handler_runs_in_a_thread() -> None:
    @action("app.where", allow="anyone")
    def where(_client: Client) -> int:
        return threading.get_ident()

    assert await perform("app.where") != threading.get_ident()


async def test_handler_gets_the_client_and_checked_arguments() -> None:
    @action("app.say", allow="anyone")
    def say(client: Client, *, text: str, times: int = 1) -> object:
        return [client.id, text * times]

    assert await perform("app.say", text="a") == ["1", "a"]
    assert await perform("app.say", text="a", times=3) == ["1", "aaa"]


async def test_only_forms_may_send_numbers_as_text() -> None:
    @action("app.count", allow="anyone")
    def count(_client: Client, *, number: int) -> int:
        return number

    assert await perform("app.count", PAGE, number="3") == 3
    with pytest.raises(CommandError) as refused:
        await perform("app.count", GUEST, number="3")
    assert refused.value.code == 107


async def test_action_is_closed_unless_it_says_who_may() -> None:
    action("app.do")(lambda client: None)

    with pytest.raises(CommandError) as refused:
        await perform("app.do")
    assert refused.value.code == 103


async def test_permission_is_checked_before_the_arguments() -> None:
    action("app.do", allow="signed_in")(lambda client: None)

    with pytest.raises(CommandError) as refused:
        await perform("app.do", secret="x")
    assert refused.value.code == 103


async def test_error_of_the_action_reaches_the_caller() -> None:
    @action("app.refuse", allow="anyone")
    def refuse(_client: Client) -> None:
        raise ActionError("Not today.", code=409)

    with pytest.raises(ActionError, match="Not today") as refused:
        await perform("app.refuse")
    assert refused.value.code == 409


@pytest.mark.parametrize("allow", ["anyone", lambda client: 1 / 0])
async def test_action_or_permission_that_raises_is_counted_and_logged_without_its_message(
    allow: Any, engine: registry.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    @action("app.raise", allow=allow)
    def fail(_client: Client, *, text: str) -> None:
        raise ValueError(text)

    with caplog.at_level(logging.DEBUG), pytest.raises(CommandError) as refused:
        await perform("app.raise", text="s3cret-p4yload")

    assert (refused.value.code, refused.value.temporary) == (100, True)
    assert engine.instrumentation.failures == {"action app.raise": 1}
    assert "action app.raise raised" in caplog.text
    assert "s3cret" not in caplog.text


# From a plain request


def test_view_calls_the_same_action() -> None:
    @action("app.who", allow="anyone")
    def who(client: Client, *, number: int) -> object:
        return [client.socket, client.user_id, client.session, number]

    request = request_of(User(pk=7), session_key="the-key-of-it")

    assert call_action("app.who", request, {"number": "3"}) == [
        "http",
        "7",
        session_digest("the-key-of-it"),
        3,
    ]


async def test_async_view_calls_the_same_action() -> None:
    @action("app.who", allow="signed_in")
    async def who(client: Client) -> str:
        return client.user_id

    assert await acall_action("app.who", request_of(User(pk=7)), {}) == "7"
    with pytest.raises(CommandError):
        await acall_action("app.who", request_of(AnonymousUser()), {})


@pytest.mark.django_db(transaction=True)
def test_user_that_was_not_loaded_yet_is_loaded() -> None:
    user = User.objects.create_user("ada")

    @action("app.who", allow="signed_in")
    def who(client: Client) -> str:
        return client.user.get_username()

    request = request_of(lambda: User.objects.get(pk=user.pk))

    assert call_action("app.who", request, {}) == "ada"
    assert asyncio.run(acall_action("app.who", request_of(request.user), {})) == "ada"


@pytest.mark.django_db(transaction=True)
def test_user_that_was_not_loaded_yet_is_loaded_in_an_async_view() -> None:
    user = User.objects.create_user("ada")

    @action("app.who", allow="signed_in")
    async def who(client: Client) -> str:
        return client.user.get_username()

    request = request_of(lambda: User.objects.get(pk=user.pk))

    assert asyncio.run(acall_action("app.who", request, {})) == "ada"


def test_view_gets_the_error_of_the_action() -> None:
    @action("app.refuse", allow="anyone")
    def refuse(_client: Client) -> None:
        raise ActionError("Not today.")

    with pytest.raises(ActionError, match="Not today"):
        call_action("app.refuse", request_of(AnonymousUser()), {})


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("app.nothing", 404, "This page asked for something unknown"),
        ("app.closed", 403, "You may not do that"),
        ("app.say", 400, "This page sent something that cannot be read"),
        ("app.raise", 500, "Something went wrong here"),
    ],
)
def test_view_gets_every_refusal_as_a_sentence_and_an_http_status(
    name: str, code: int, sentence: str, engine: registry.Engine
) -> None:
    @action("app.say", allow="anyone")
    def say(_client: Client, *, text: str) -> None:
        """Take a text."""

    action("app.closed")(lambda client: None)
    action("app.raise", allow="anyone")(lambda client: 1 / 0)

    with pytest.raises(ActionError, match=sentence) as refused:
        call_action(name, request_of(AnonymousUser()), {})

    assert refused.value.code == code
    assert engine.instrumentation.errors.total() == 1
