"""The site's addresses, and a page with the JavaScript SDK as a site would serve it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404
from django.urls import path

from goby_project.urls import urlpatterns as site

if TYPE_CHECKING:
    from django.http import HttpRequest

HERE = Path(__file__).resolve().parents[1] / "sdk"
BUILDS = HERE / "node_modules" / "centrifuge" / "dist"
FILES = {
    "page.html": HERE,
    "page.mjs": HERE,
    "client.mjs": HERE,
    "centrifuge.js": BUILDS,
    "centrifuge.protobuf.js": BUILDS,
}


def file(_request: HttpRequest, name: str) -> FileResponse:
    """Return a file of the page."""
    if name not in FILES:
        raise Http404
    return FileResponse((FILES[name] / name).open("rb"))


urlpatterns = [path("playground/<str:name>", file), *site]
