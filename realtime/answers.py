"""What those who come back were told a moment ago, for the others who ask the same.

After a cut, a whole site returns with the same few positions. So the last answers are kept for
some seconds, bounded by their number and by their bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.codecs.base import Encoded
    from realtime.message import Position

# So many answers, of so many bytes in all.
CACHE_SIZE = 1_000
CACHE_BYTES = 16_777_216


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The answer. `publications` are the missed ones, oldest first, or None if there are none."""

    recovered: bool
    publications: Encoded | None
    top: Position

    @property
    def size(self) -> int:
        """Its publications' size in bytes."""
        return 0 if self.publications is None else len(self.publications.raw)


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer is good for: the topic, where the client was, and what it speaks."""

    topic: str
    since: Position
    codec: str


@dataclass(slots=True)
class Answers:
    """The last answers, with the time until which each may be given."""

    size: int = 0
    _kept: OrderedDict[Question, tuple[float, Recovered]] = field(default_factory=OrderedDict)

    def get(self, question: Question, now: float) -> Recovered | None:
        """Return the answer, or None if there is none or its time is over."""
        until, answer = self._kept.get(question, (now, None))
        return answer if until > now else None

    def add(self, question: Question, answer: Recovered, until: float) -> None:
        """Keep an answer; beyond the limits the oldest go."""
        self._drop(question)
        self._kept[question] = (until, answer)
        self.size += answer.size
        while len(self._kept) > CACHE_SIZE or self.size > CACHE_BYTES:
            self._drop(next(iter(self._kept)))

    def forget(self, topic: str) -> None:
        """Drop all answers about a topic."""
        for question in [each for each in self._kept if each.topic == topic]:
            self._drop(question)

    def __len__(self) -> int:
        return len(self._kept)

    def _drop(self, question: Question) -> None:
        dropped = self._kept.pop(question, None)
        if dropped is not None:
            self.size -= dropped[1].size
