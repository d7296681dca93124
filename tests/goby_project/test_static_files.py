"""Static files in production: whole, partial and unchanged, without a warning under ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from goby_project.static_files import StaticFilesMiddleware

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

STYLE = b"body { color: teal }"


@pytest.fixture
def middleware(tmp_path: Path, settings: Settings) -> StaticFilesMiddleware:
    """Serve one style sheet from a directory of its own."""
    (tmp_path / "site.css").write_bytes(STYLE)
    settings.STATIC_ROOT = tmp_path
    return StaticFilesMiddleware(lambda request: HttpResponse(f"page {request.path}"))


def get(middleware: StaticFilesMiddleware, path: str, **headers: str) -> HttpResponse:
    """Ask for `path` with request headers."""
    response: HttpResponse = middleware(RequestFactory().get(path, headers=headers))
    return response


def test_file_is_served_in_one_piece(middleware: StaticFilesMiddleware) -> None:
    request: HttpRequest = AsyncRequestFactory().get("/static/site.css")

    response: HttpResponse = middleware(request)

    assert response.content == STYLE
    assert not response.streaming
    assert response["Content-Type"].startswith("text/css")
    assert response["Content-Length"] == str(len(STYLE))


def test_head_has_the_headers_and_no_body(middleware: StaticFilesMiddleware) -> None:
    response: HttpResponse = middleware(RequestFactory().head("/static/site.css"))

    assert response.content == b""
    assert response["Content-Length"] == str(len(STYLE))


def test_range_is_served_in_part(middleware: StaticFilesMiddleware) -> None:
    response = get(middleware, "/static/site.css", range="bytes=0-3")

    assert (response.status_code, response.content) == (206, STYLE[:4])


def test_unchanged_file_is_not_sent_again(middleware: StaticFilesMiddleware) -> None:
    etag = get(middleware, "/static/site.css")["ETag"]

    response = get(middleware, "/static/site.css", if_none_match=etag)

    assert (response.status_code, response.content) == (304, b"")


def test_other_requests_go_on(middleware: StaticFilesMiddleware) -> None:
    assert get(middleware, "/rooms/").content == b"page /rooms/"
