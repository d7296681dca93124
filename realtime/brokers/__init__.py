"""Carry publications between processes, and keep the history."""

from __future__ import annotations

from realtime.brokers.base import Broker
from realtime.brokers.memory import MemoryBroker

__all__ = ["Broker", "MemoryBroker"]
