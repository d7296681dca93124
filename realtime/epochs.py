"""The names of histories' lives, for topics of which nothing has to be remembered.

Anybody may ask for the position of a topic that was never published to. If each such question
left a trace, made-up names would fill the memory; if it left none and the epoch were random, each
question would begin another life. So an epoch is computed: from a secret of this store, the topic
and a number, its generation. Topics share generations, many a one. When a topic's life ends, its
generation rises, so no name ever comes back; the few topics that share it and have no
publications begin anew with it, which costs their followers a question, and no publication.
"""

from __future__ import annotations

import base64
import secrets
from hashlib import blake2b

GENERATIONS = 4096


class Epochs:
    """The epochs of all topics of one store."""

    __slots__ = ("_generations", "_secret")

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._generations = [0] * GENERATIONS

    def of(self, topic: str) -> str:
        """Return the epoch of the life that a topic is in, or is about to begin."""
        generation = self._generations[hash(topic) % GENERATIONS]
        salt = generation.to_bytes(blake2b.SALT_SIZE, "big")
        name = blake2b(topic.encode(), digest_size=6, key=self._secret, salt=salt).digest()
        return base64.urlsafe_b64encode(name).decode()

    def end(self, topic: str) -> None:
        """Let the topic's epoch never be used again."""
        self._generations[hash(topic) % GENERATIONS] += 1
