"""One person's browser, as far as a load test needs one: it comes in, and finds where to connect.

Plain HTTP from the standard library, in threads, before the test begins; nothing of it is measured.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from html import unescape
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from loadtest.errors import LoadTestError

if TYPE_CHECKING:
    from loadtest.address import Site

_TIMEOUT = 30.0
_live_address = re.compile(r'(?:hx-ws:connect|ws-connect)="([^"]+)"').search
_reason = re.compile(r'role="alert"[^>]*>([^<]+)<').search


class Browser:
    """One session. What cannot be done raises `LoadTestError` with a sentence."""

    def __init__(self, site: Site, session: str = "") -> None:
        self.site = site
        self._session = session
        self._jar = CookieJar()
        context = ssl.create_default_context()
        self._opener = build_opener(
            ProxyHandler({}), HTTPSHandler(context=context), HTTPCookieProcessor(self._jar)
        )

    @property
    def cookies(self) -> str:
        """The header by which the site knows this session."""
        kept = [f"{cookie.name}={cookie.value}" for cookie in self._jar]
        return "; ".join([*kept, self._session] if self._session else kept)

    def look(self) -> None:
        """Ask for the site's first page, whatever it answers."""
        self._ask("")

    def enter_as_guest(self) -> None:
        """Come in by one click."""
        self.look()
        status, _, _ = self._ask("accounts/enter/", {"next": f"{urlsplit(self.site.http).path}"})
        if status != 200 or not self._has_session():
            raise LoadTestError(
                f"The site let no guest in (HTTP {status} at {self.site.http}accounts/enter/). "
                "Give it sessions of its users: --sessions FILE."
            )

    def address_of_room(self, slug: str) -> str:
        """Return where the page of a room connects to."""
        status, _, body = self._ask(f"rooms/{slug}/")
        found = _live_address(body)
        if status != 200 or found is None:  # pages about errors may be live as well
            raise LoadTestError(
                f"{self.site.http}rooms/{slug}/ shows no live room (HTTP {status}). Name rooms "
                "that there are with --rooms, and who may read them with --sessions."
            )
        socket = urljoin(self.site.http, unescape(found[1]))
        return self.site.ws + socket.removeprefix(self.site.http)

    def token(self) -> str:
        """Return a token for the Data socket."""
        status, _, body = self._ask("realtime/token/")
        if status != 200:
            raise LoadTestError(
                f"The site issued no token (HTTP {status} at {self.site.http}realtime/token/). "
                "Set its TOKEN_KEYS, or test with --sign-in guests."
            )
        answer: dict[str, Any] = json.loads(body)
        return str(answer["token"])

    def make_room(self, name: str) -> str:
        """Make a public room and return its slug."""
        status, url, body = self._ask("rooms/new/", {"name": name})
        slug = re.search("/rooms/([^/]+)/$", urlsplit(url).path)
        if status != 200 or slug is None or slug[1] == "new":
            reason = _reason(body)
            said = f": {unescape(reason[1])}" if reason else ""
            raise LoadTestError(
                f"The site made no room (HTTP {status}{said}). Name rooms that there are instead: "
                "--rooms lobby,random."
            )
        return slug[1]

    def _has_session(self) -> bool:
        return any(cookie.name != "csrftoken" for cookie in self._jar)

    def _ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, final address and text of what the site answers."""
        if form is not None and not self._csrf():
            self._ask(path)  # a form comes with a page
        headers = {"Origin": self.site.origin, "Referer": self.site.http}
        if self._session:
            headers["Cookie"] = self.cookies
        request = Request(self.site.http + path, headers=headers)  # noqa: S310 - http or https
        if form is not None:
            request.data = urlencode({**form, "csrfmiddlewaretoken": self._csrf()}).encode()
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                return response.status, response.url, response.read().decode(errors="replace")
        except HTTPError as error:
            return error.code, error.url or "", error.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.site, getattr(error, "reason", error)) from None

    def _csrf(self) -> str:
        return next((cookie.value or "" for cookie in self._jar if cookie.name == "csrftoken"), "")


def unreachable(site: Site, reason: object) -> LoadTestError:
    """Return what is said where no page could be had."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return LoadTestError(
            f"The certificate of {site.http} is not trusted ({reason.verify_message}). If it is "
            "one of your own, name it in the environment: SSL_CERT_FILE=certificate.pem."
        )
    return LoadTestError(
        f"Nobody answers at {site.http} ({reason}). Start the site with `make run`, or say where "
        "it is: manage.py loadtest 100 60 http://HOST:PORT/"
    )
