"""People of the site who are signed in, and what opens sockets as them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client as Browser

from goby_project.asgi import application
from realtime.client import session_digest
from realtime.tokens import Page, sign
from tests.wire import DATA, HTML, DataWire, Wire, opened

if TYPE_CHECKING:
    from contextlib import AsyncExitStack


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody. What is opened ends with the stack."""

    user: User
    session: str
    stack: AsyncExitStack

    async def open_page(self, *topics: str, raw: str | None = None) -> Wire:
        """Open the socket of a page that follows topics, or one that shows this very token."""
        token = self.token(*topics) if raw is None else quote(raw)
        wire = Wire(application, f"{HTML}?token={token}", headers=self._cookie)
        await self.stack.enter_async_context(opened(wire))
        return wire

    def token(self, *topics: str) -> str:
        """Return the token of a page of theirs that follows topics."""
        user, session = str(self.user.pk), session_digest(self.session)
        return sign(Page(topics=dict.fromkeys(topics), user=user, session=session))

    async def open_program(self) -> DataWire:
        """Open a Data socket, and connect."""
        wire = DataWire(application, DATA, headers=self._cookie)
        await self.stack.enter_async_context(opened(wire))
        await wire.connect()
        return wire

    @property
    def _cookie(self) -> dict[str, str]:
        return {"cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"}


async def signed_in(stack: AsyncExitStack, *names: str) -> list[Person]:
    """Make accounts of these names, and sign them in."""

    def sign_all_in() -> list[tuple[User, str]]:
        found = []
        for name in names:
            user, browser = User.objects.create_user(name), Browser()
            browser.force_login(user)
            found.append((user, str(browser.session.session_key)))
        return found

    return [Person(user, session, stack) for user, session in await sync_to_async(sign_all_in)()]
