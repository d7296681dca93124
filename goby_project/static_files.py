"""WhiteNoise for an ASGI server: each static file goes out in one piece.

WhiteNoise answers with a synchronous stream, which Django under ASGI reads up anyway, file by
file, with a warning each time. Ours are small and mostly compressed, so read them at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

if TYPE_CHECKING:
    from whitenoise.responders import StaticFile


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # it carries no types
    """Serve what collectstatic gathered; every other request goes on."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Return the file, or the part or the 304 that the request's headers ask for."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["Content-Type"]  # Django's default; the file's own is among its headers
        for name, value in found.headers:
            response[name] = value
        return response
