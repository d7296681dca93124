"""The two sockets, as Channels consumers."""

from __future__ import annotations

from realtime.consumers.data import DataConsumer
from realtime.consumers.html import HTMLConsumer

__all__ = ["DataConsumer", "HTMLConsumer"]
