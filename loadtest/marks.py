"""How a message is known again, and how old it is, in whatever frame it arrives.

The client's own id of a message is carried by both representations once: as `"cid"` in the JSON,
as `data-cid` in the fragment. It says the run, the message's number, and when it was due, on this
process's clock, in microseconds.
"""

from __future__ import annotations

import re
import secrets


class Marks:
    """The marks of one run; those of other runs in the same rooms are not found."""

    __slots__ = ("find", "run")

    def __init__(self, run: str = "") -> None:
        self.run = run or secrets.token_hex(4)
        self.find = re.compile(rb"load-%b-(\d+)-(\d+)" % self.run.encode()).findall

    def mark(self, number: int, due: int) -> str:
        """Return the id of a message that is due at this microsecond."""
        return f"load-{self.run}-{number}-{due}"


def text_of(number: int, size: int) -> str:
    """Return what a message says: as many characters as wanted, and nothing that is Markdown."""
    return f"Message {number} of a load test. ".ljust(size, "o")[:size]
