"""A site with a server API, and a program that calls it with a key or without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from goby_project.asgi import application
from realtime import registry
from tests.realtime.consumers.conftest import engine, goby, log, open_data, open_html, site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.wire import Configure, DataWire, OpenData

__all__ = ["engine", "goby", "log", "open_data", "open_html", "site"]

KEY = "the-key-of-the-tests-which-is-long-enough"
OTHER_KEY = "another-key-that-is-good-at-the-same-time"


@dataclass(frozen=True, slots=True)
class Program:
    """What calls the API. `post` takes everything as it is, `call` what is usual."""

    http: httpx.AsyncClient

    async def post(
        self, method: str, content: bytes, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a body with a good key, or with other headers."""
        good = {"X-API-Key": KEY} if headers is None else headers
        return await self.http.post(f"/api/{method}", content=content, headers=good)

    async def call(self, method: str, /, **body: Any) -> dict[str, Any]:
        """Call a method; return its whole answer, which must have come with status 200."""
        headers = {"X-API-Key": KEY}
        response = await self.http.post(f"/api/{method}", json=body, headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def result(self, method: str, /, **body: Any) -> dict[str, Any]:
        """Call a method and return its result."""
        answer = await self.call(method, **body)
        assert list(answer) == ["result"], answer
        result: dict[str, Any] = answer["result"]
        return result

    async def error(self, method: str, /, **body: Any) -> int:
        """Call a method that refuses, and return its error's code."""
        answer = await self.call(method, **body)
        assert list(answer) == ["error"], answer
        assert answer["error"]["message"]
        return int(answer["error"]["code"])


@pytest.fixture
async def program(goby: Configure, site: None) -> AsyncIterator[Program]:
    """A program that calls the API of this process's site, which accepts two keys."""
    goby(API_KEYS=[f"first:{KEY}", OTHER_KEY])
    served: Any = application
    transport = httpx.ASGITransport(app=served)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Program(http)


# Opens a Data socket of a user, and returns it with the id of its client.
OpenUser = Callable[[str], Awaitable[tuple["DataWire", str]]]


@pytest.fixture
def open_user(open_data: OpenData) -> OpenUser:
    """Return a function that opens a Data socket which belongs to a user."""

    async def open_one(user: str) -> tuple[DataWire, str]:
        wire = await open_data(connect=False)
        client = str((await wire.connect())["client"])
        connections = registry.engine().connections
        [connection] = connections.of("", client)
        connections.identify(connection, user=user, session="")
        return wire, client

    return open_one
