"""A person with a browser, as far as HTTP goes: cookies, forms and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from types import TracebackType

    from tests.server import Server


class Visitor:
    """Somebody who entered the site as a guest with an account, by one click."""

    def __init__(self, server: Server) -> None:
        self._http = httpx.AsyncClient(base_url=server.url, follow_redirects=True, timeout=10)

    async def __aenter__(self) -> Visitor:
        await self._http.get("/")
        await self.post("/accounts/enter/")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def post(self, path: str, **values: str) -> httpx.Response:
        """Send a plain form."""
        token = self._http.cookies["csrftoken"]
        response = await self._http.post(path, data={"csrfmiddlewaretoken": token, **values})
        assert response.status_code == 200, response.text
        return response

    async def get(self, path: str) -> httpx.Response:
        """Ask for a page."""
        response = await self._http.get(path)
        assert response.status_code == 200, response.text
        return response

    @property
    def cookie(self) -> str:
        """The header that says who is signed in."""
        return f"sessionid={self._http.cookies['sessionid']}"
