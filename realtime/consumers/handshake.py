"""Which handshakes are let in: none of another site's page, and none for which there is no place.

The first is the defence against a foreign page that uses our visitor's cookies. A browser sends
an Origin with every WebSocket and every POST, but none with a plain GET, where it says by
`Sec-Fetch-Site` whose page asks. Where both are missing it is a program, which has no visitor's
cookies to misuse, and is let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.http.request import split_domain_port, validate_host

from realtime import capacity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.conf import Settings
    from realtime.registry import Engine

# Asked by our own page, or by the person in front of the browser.
OUR_SITES = frozenset({b"same-origin", b"none"})
SECURE_SCHEMES = frozenset({"https", "wss"})
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]

# How the application says why; servers make HTTP status 403 of all of them.
FORBIDDEN = 4403
TRY_AGAIN_LATER = 1013
CLOSES = dict.fromkeys(
    ("limit", "address_limit", "memory", "user_limit", "shutdown"), TRY_AGAIN_LATER
)


def refusal(scope: Mapping[str, Any], settings: Settings) -> str:
    """Return why this request is refused, as a label for the counter, or an empty text."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if not _host_is_ours(host):
        return "host"
    origin = headers.get(b"origin")
    if origin is None:
        ours = headers.get(b"sec-fetch-site", b"none") in OUR_SITES
    else:
        secure = django_settings.SESSION_COOKIE_SECURE or scope.get("scheme") in SECURE_SCHEMES
        ours = _same_site(origin.decode("latin-1"), host, settings, secure=secure)
    return "" if ours else "origin"


def no_place(scope: Mapping[str, Any], engine: Engine) -> str:
    """Return why there is no place for another connection, as a label, or an empty text."""
    if engine.connections.closing:
        return "shutdown"
    return engine.capacity.refusal(
        connections=len(engine.connections),
        from_address=engine.connections.from_address(address_of(scope)),
    )


def reject(engine: Engine, socket: str, reason: str) -> int:
    """Count that this handshake is refused, and return the code with which to close it."""
    # Of a full house the log is told already, though not for each that knocks.
    engine.instrumentation.reject(socket, reason, quiet=reason in capacity.SETTINGS)
    return CLOSES.get(reason, FORBIDDEN)


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the peer's address; empty where the server does not tell it, as on Unix sockets."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _host_is_ours(host: str) -> bool:
    allowed = django_settings.ALLOWED_HOSTS
    if django_settings.DEBUG and not allowed:
        allowed = LOCAL_HOSTS
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _same_site(origin: str, host: str, settings: Settings, *, secure: bool) -> bool:
    if origin in settings.allowed_origins:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:  # not an address at all
        return False
    # Whoever sits on the line can write pages of our own name, but not with our certificate.
    return page.netloc.lower() == host and (page.scheme == "https" or not secure)
