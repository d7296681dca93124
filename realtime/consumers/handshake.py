"""Which handshakes are let in: the defence against another site's page using our visitor's cookies.

A browser always sends an Origin. A missing one is a program, which has no visitor's cookies to
misuse, and is let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.http.request import split_domain_port, validate_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.conf import Settings

LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]


def refusal(scope: Mapping[str, Any], settings: Settings) -> str:
    """Return why this handshake is refused, as a label for the counter, or an empty text."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if not _host_is_ours(host):
        return "host"
    origin = headers.get(b"origin")
    if origin is None or _same_site(origin.decode("latin-1"), host, settings):
        return ""
    return "origin"


def _host_is_ours(host: str) -> bool:
    allowed = django_settings.ALLOWED_HOSTS
    if django_settings.DEBUG and not allowed:
        allowed = LOCAL_HOSTS
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _same_site(origin: str, host: str, settings: Settings) -> bool:
    if origin in settings.allowed_origins:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host
    except ValueError:  # not an address at all
        return False
