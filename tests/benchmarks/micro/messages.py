"""What is published in the microbenchmarks, and a follower that costs next to nothing."""

from __future__ import annotations

from realtime.message import Frame, Publication


class Deaf:
    """A follower that lets everything pass: what is left is the cost of reaching it."""

    def put(self, frame: Frame) -> None:
        """Take a frame and forget it."""

    def lost(self, topic: str) -> None:
        """Not care."""


def publication(topic: str = "chat.messages", offset: int = 1) -> Publication:
    """Return a chat message of about a hundred bytes."""
    data = {"author": "ada", "text": "Shall we meet at the harbour at eight, or is it too early?"}
    json = b'{"author":"ada","text":"Shall we meet at the harbour at eight, or is it too early?"}'
    return Publication(topic, data, json, offset, "epoch")
