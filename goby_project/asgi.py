"""The one ASGI application: pages over HTTP, the HTML and the Data socket over WebSocket.

Where WebSockets are blocked, the Data socket is there over HTTP as well.
"""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goby_project.settings.production")
pages: Any = get_asgi_application()  # loads the apps, which the imports below build on

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs the loaded apps

from presence.asgi import Settled  # noqa: E402 - as above
from realtime.asgi import Realtime  # noqa: E402 - as above
from realtime.auth import SessionAuth  # noqa: E402 - as above
from realtime.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402 - as above


async def no_such_socket(scope: Any, receive: Any, send: Any) -> Any:
    """Refuse a WebSocket at any other path; left unrouted, each would log a traceback."""
    await send({"type": "websocket.close"})


elsewhere: Any = re_path("", no_such_socket)
sockets = SessionAuth(URLRouter([*websocket_urlpatterns, elsewhere]))
http = URLRouter([*http_urlpatterns(sockets), re_path("", pages)])
application = Settled(Realtime(ProtocolTypeRouter({"http": http, "websocket": sockets})))
