"""The view that issues tokens to whoever asks with a session: SDKs fetch them from here.

It answers GET, since it changes nothing: another site can let a visitor's browser ask, but cannot
read the answer. With `topic` it issues a subscription token, where the visitor may follow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from realtime import registry
from realtime.client import client_of_request
from realtime.exceptions import ConfigurationError
from realtime.identity import claims_of
from realtime.permissions import allowed
from realtime.router import is_open_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from realtime.client import Client


@require_GET
@never_cache
async def token(request: HttpRequest) -> JsonResponse:
    """Answer with `{"token": ...}`, or with `{"error": ...}` and 401, 403, 404 or 503."""
    client = await sync_to_async(client_of_request)(request)
    if client.is_guest and not registry.engine().settings.allow_guests:
        return _refuse("Sign in first.", status=401)
    claims: Mapping[str, Any] = claims_of(client, request.session.session_key)
    topic = request.GET.get("topic")
    if topic is None:
        return _issue(claims)
    refusal = await _refusal_of(client, topic)
    return refusal if refusal is not None else _issue({**claims, "channel": topic})


async def _refusal_of(client: Client, topic: str) -> JsonResponse | None:
    resolved = registry.catalog.resolve(topic)
    if resolved is None:
        return _refuse("There is no such topic.", status=404)
    may = registry.engine().settings.insecure or (
        is_open_to(topic, client.user_id)
        and await allowed(resolved.options.can_subscribe, client, **resolved.parameters)
    )
    return None if may else _refuse("You may not follow this topic.", status=403)


def _issue(claims: Mapping[str, Any]) -> JsonResponse:
    engine = registry.engine()
    try:
        issued = engine.keyring.sign(claims, ttl=engine.settings.token_ttl)
    except ConfigurationError as error:
        engine.instrumentation.fail("token view", error)
        return _refuse("This site issues no tokens.", status=503)
    return JsonResponse({"token": issued})


def _refuse(sentence: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
