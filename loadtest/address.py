"""Where the site is: one address as somebody writes it, and all that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from loadtest.errors import LoadTestError

# What may be written, and what is spoken then.
SCHEMES = {"http": ("http", "ws"), "ws": ("http", "ws"), "https": ("https", "wss")}
SCHEMES["wss"] = SCHEMES["https"]


@dataclass(frozen=True, slots=True)
class Site:
    """The addresses of a site; `http` and `ws` end with a slash, `origin` with none."""

    http: str
    ws: str
    origin: str

    @property
    def data_socket(self) -> str:
        """The address of the Data socket."""
        return f"{self.ws}app/ws/data"


def site_at(url: str) -> Site:
    """Return the site at this address; raise `LoadTestError` if there can be none."""
    parts = _split(url)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        raise LoadTestError(
            f"{url} is no address of a site. Write for example http://127.0.0.1:8000/ or "
            "wss://live.example.com/."
        )
    http, ws = SCHEMES[parts.scheme]
    place = f"{parts.netloc}{parts.path.rstrip('/')}/"
    return Site(f"{http}://{place}", f"{ws}://{place}", f"{http}://{parts.netloc}")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return None
    return parts if known else None
