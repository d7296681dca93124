"""Listens to the engine: who comes and who goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presence.desk import desk
from realtime.topics import on_presence

if TYPE_CHECKING:
    from realtime.message import Change


@on_presence
def hear(change: Change) -> None:
    """Hand it to the desk."""
    desk().hear(change)
