"""The AsyncAPI 3.0 document of both sockets, made from the code that serves them."""

from __future__ import annotations

from realtime.asyncapi.document import document

__all__ = ["document"]
