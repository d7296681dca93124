"""The view that shows the document: to everyone while developing, then to staff alone.

It names every topic and action of the site with who may use them, which is for those who build it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from realtime.asyncapi.document import document
from realtime.client import client_of_request
from realtime.permissions import NAMED

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def asyncapi(request: HttpRequest) -> JsonResponse:
    """Answer with the document and its ETag, or with `{"error": ...}` and 401 or 403."""
    if not settings.DEBUG:
        client = client_of_request(request)
        if client.is_guest:
            return JsonResponse({"error": "Sign in first."}, status=401)
        if not NAMED["staff"](client):
            return JsonResponse({"error": "Only staff may see this."}, status=403)
    return JsonResponse(document(host=request.get_host(), secure=request.is_secure()))
