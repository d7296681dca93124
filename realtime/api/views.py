"""The server API as a Django view: the key first, then the method, then the body.

It needs no defence against forged requests of a browser: a browser adds cookies by itself, but
never a key. Nothing here touches the database or the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from realtime import protocol, registry
from realtime.api.keys import UNAUTHORIZED, given_key, is_accepted
from realtime.api.methods import NAMES, answer, refusal
from realtime.codecs.json import dumps
from realtime.exceptions import CommandError, NotServingError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from realtime.registry import Engine

LARGEST_BODY = 1_048_576

OFF = (
    'The server API is off, because no key is set. Set GOBY["API_KEYS"], '
    "which this project's settings take from the environment variable GOBY_API_KEYS."
)


class RefusedError(Exception):
    """A request that reaches no method."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = CommandError(code, message, temporary=status == 503)


@csrf_exempt
async def call(request: HttpRequest, method: str) -> HttpResponse:
    """Call a method of the server API."""
    engine = registry.engine()
    try:
        _admit(request, engine)
    except RefusedError as refused:
        return _response(refusal(refused.error), refused.status)
    try:
        value = _read(request, method)
        answered = await _answer(engine, method, value)
    except RefusedError as refused:
        engine.instrumentation.refuse("api", refused.error.code)
        return _response(refusal(refused.error), refused.status)
    return _response(answered, 200)


def _admit(request: HttpRequest, engine: Engine) -> None:
    keys = engine.settings.api_keys
    if not keys:
        engine.instrumentation.reject("api", "api_off")
        raise RefusedError(403, protocol.NOT_AVAILABLE, OFF)
    if not is_accepted(given_key(request.headers), keys):
        engine.instrumentation.reject("api", "api_key")
        raise RefusedError(401, UNAUTHORIZED, "unauthorized: send a key as X-API-Key")


def _read(request: HttpRequest, method: str) -> Any:
    if method not in NAMES:
        raise RefusedError(404, protocol.METHOD_NOT_FOUND, "method not found")
    if request.method != "POST":
        raise RefusedError(405, protocol.BAD_REQUEST, "bad request: methods are called by POST")
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        sentence = f"bad request: a request has at most {LARGEST_BODY} bytes"
        raise RefusedError(413, protocol.BAD_REQUEST, sentence)
    try:
        return orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise RefusedError(400, protocol.BAD_REQUEST, "bad request: malformed JSON") from None


async def _answer(engine: Engine, method: str, value: Any) -> dict[str, Any]:
    try:
        return await engine.pubsub.on_loop(answer, engine, method, value)
    except NotServingError:
        sentence = "This process serves no sockets. Run the site on an ASGI server."
        raise RefusedError(503, protocol.INTERNAL, sentence) from None


def _response(answered: dict[str, Any], status: int) -> HttpResponse:
    response = HttpResponse(dumps(answered), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    if status == 405:
        response["Allow"] = "POST"
    return response
