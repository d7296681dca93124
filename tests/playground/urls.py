"""The site's addresses, those of the playground's pages, and a page with the JavaScript SDK."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404
from django.urls import path

from goby_project.urls import urlpatterns as site
from tests.playground import views

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


urlpatterns = [
    path("playground/<str:name>", file),
    path("play/htmx-2/<path:path>", views.htmx_2, name="play-htmx-2"),
    path("play/<slug:name>/", views.page, name="play-page"),
    path("play/<slug:name>/part/", views.part, name="play-part"),
    path("play/<slug:name>/say/", views.say, name="play-say"),
    path("play/<slug:name>/correct/", views.correct, name="play-correct"),
    path("play/<slug:name>/burst/", views.burst, name="play-burst"),
    *site,
]
