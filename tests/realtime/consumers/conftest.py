"""A site for the sockets' tests: a few topics, a few actions, and a fresh engine each time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from goby_project.asgi import application
from realtime import ActionError, Client, History, Topic, actions, heartbeat, registry
from realtime.tokens import Page, sign
from tests.realtime.consumers.refusals import MARKER
from tests.threads import close_connections_of_the_worker_thread
from tests.wire import (
    HTML,
    Configure,
    DataWire,
    HTMLWire,
    OpenData,
    OpenHTML,
    opened,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from pytest_django import Settings

TEMPLATES = {
    "wire/publication.html": '<p id="wire-{{ publication.offset }}" hx-swap-oob="true">'
    "{{ text }}</p>",
    "wire/echo.html": '<p id="wire-echo" hx-swap-oob="true">{{ text }}</p>',
    "wire/broken.html": "{% include missing %}",
}


@pytest.fixture(autouse=True)
def engine(settings: Settings) -> Iterator[registry.Engine]:
    """The engine of this test, with templates that no app has."""
    options = {
        "loaders": [
            ("django.template.loaders.locmem.Loader", TEMPLATES),
            "django.template.loaders.filesystem.Loader",
            "django.template.loaders.app_directories.Loader",
        ],
        "context_processors": settings.TEMPLATES[0]["OPTIONS"]["context_processors"],
    }
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": False, "OPTIONS": options}]
    close_connections_of_the_worker_thread()
    registry.reset()
    yield registry.engine()
    registry.reset()
    close_connections_of_the_worker_thread()


@pytest.fixture
def goby(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Return a function that makes the engine anew with other settings, and a quicker clock."""
    monkeypatch.setattr(heartbeat, "TICK", 0.01)

    def configure(**options: object) -> registry.Engine:
        settings.GOBY = {"PROFILE": "development", "ALLOW_GUESTS": True, **options}
        registry.reset()
        return registry.engine()

    return configure


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Declare topics and actions below `wire`, for the length of one test."""
    declared = [
        Topic(
            "wire.open.{name}",
            fragment="wire/publication.html",
            history=History(size=10, ttl=60),
            can_subscribe="anyone",
            can_publish="anyone",
        ),
        Topic(
            "wire.kept.{name}",
            history=History(size=5, ttl=60),
            can_subscribe="anyone",
            can_publish="anyone",
            can_history="anyone",
        ),
        Topic(
            "wire.latest",
            history=History(size=5, ttl=60, recovery="latest"),
            can_subscribe="anyone",
            can_history="signed_in",
        ),
        Topic(
            "wire.present.{name}",
            can_subscribe="anyone",
            can_publish="anyone",
            can_presence="anyone",
            presence=True,
            join_leave=True,
        ),
        Topic(
            "wire.attended",
            history=History(size=5, ttl=60),
            can_subscribe="anyone",
            can_presence="signed_in",
            presence=True,
        ),
        Topic("wire.plain", can_subscribe="anyone"),
        Topic("wire.members", can_subscribe="signed_in", can_publish="staff"),
        Topic("wire.closed"),
        Topic("wire.failing", can_subscribe=_raise, can_publish=_raise),
    ]
    monkeypatch.setattr(actions, "_actions", dict(actions._actions))
    actions.action("wire.echo", allow="anyone", fragment="wire/echo.html")(_echo)
    actions.action("wire.quiet", allow="anyone")(_echo)
    actions.action("wire.refuse", allow="anyone")(_refuse)
    actions.action("wire.raise", allow="anyone")(_raise_sentence)
    actions.action("wire.broken", allow="anyone", fragment="wire/broken.html")(_echo)
    actions.action("wire.unencodable", allow="anyone")(_unencodable)
    actions.action("wire.members", allow="signed_in")(_echo)
    actions.action("wire.post", allow="anyone")(_post)
    yield
    for topic in declared:
        registry.catalog.remove(topic.pattern)


@pytest.fixture
async def open_data(site: None, form: type[DataWire]) -> AsyncIterator[OpenData]:
    """Return a function that opens a Data socket, connected unless `connect` is false."""
    async with AsyncExitStack() as stack:

        async def open_one(*, connect: bool = True, **headers: str) -> DataWire:
            wire = form(application, headers=headers)
            await stack.enter_async_context(opened(wire))
            if connect:
                await wire.connect()
            return wire

        yield open_one


@pytest.fixture
async def open_html(site: None) -> AsyncIterator[OpenHTML]:
    """Return a function that opens an HTML socket which follows `topics`."""
    async with AsyncExitStack() as stack:

        async def open_one(
            *topics: str,
            page: Page | None = None,
            token: str | None = None,
            at: Sequence[str] = (),
            **headers: str,
        ) -> HTMLWire:
            if token is None:
                token = sign(page or page_of(*topics))
            query = "".join(f"&at={quote(each)}" for each in at)
            wire = HTMLWire(application, f"{HTML}?token={token}{query}", headers=headers)
            await stack.enter_async_context(opened(wire))
            return wire

        yield open_one


@pytest.fixture
def runner(engine: registry.Engine, site: None) -> Iterator[asyncio.Runner]:
    """An event loop on which this test's engine serves, for tests that run it many times."""
    with asyncio.Runner() as runner:
        runner.run(registry.attach())
        yield runner
        runner.run(registry.detach())


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Assert afterwards that something was logged, and nothing of what the client sent."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    lines = [caplog.handler.format(record) for record in records]
    assert any(record.name == "realtime" for record in records), lines
    assert not any(MARKER in line for line in lines), lines


@pytest.fixture
async def bystander(open_data: OpenData, log: pytest.LogCaptureFixture) -> DataWire:
    """A connection that has nothing to do with what others do wrong, which is logged well."""
    return await open_data()


def _echo(_client: Client, *, text: str = "") -> dict[str, object]:
    return {"text": text}


def _refuse(_client: Client, *, text: str = "") -> None:
    raise ActionError("Not on a Monday.", code=1009)


def _raise_sentence(_client: Client, *, text: str = "") -> None:
    raise RuntimeError(f"The database is on fire: {text}")


def _unencodable(_client: Client) -> object:
    return object()


async def _post(_client: Client, *, name: str, text: str) -> dict[str, object]:
    topic = next(
        pattern for pattern, _ in registry.catalog if pattern.text == "wire.open.{name}"
    ).fill({"name": name})
    pubsub = registry.engine().pubsub
    await pubsub.apublish(pubsub.draft(topic, {"text": text}))
    return {"posted": True}


def _raise(_client: Any, **_parameters: str) -> bool:
    raise RuntimeError("Permissions cannot be asked today.")
