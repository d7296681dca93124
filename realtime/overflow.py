"""What a full outbox drops: the policies of topics.

- `close`: the connection is closed with 3008 (slow), its client reconnects and recovers;
- `drop_oldest`: the oldest frames of such topics are dropped until the rest fits;
- `latest`: a newer frame replaces the waiting one of the same topic, so that it cannot grow.

Whatever is dropped is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.outbox import Outbox


def drop_earlier(outbox: Outbox, topic: str) -> None:
    """Drop the frame of this topic that waits, if its policy is `latest`."""
    # From the newest on: a topic that is published to often has its last one near the end.
    for index in range(len(outbox.frames) - 1, -1, -1):
        waiting = outbox.frames[index]
        if waiting.topic == topic and waiting.overflow == "latest":
            del outbox.frames[index]
            outbox.size -= waiting.size
            outbox.dropped["latest"] += 1
            return


def drop_oldest(outbox: Outbox) -> None:
    """Drop what may be dropped until the rest fits, as far as that goes."""
    # Stops at the first that makes room: each publication pays for this at each stalled peer.
    index = 0
    while outbox.size > outbox.max_size and index < len(outbox.frames):
        frame = outbox.frames[index]
        if frame.overflow == "drop_oldest":
            del outbox.frames[index]
            outbox.size -= frame.size
            outbox.dropped["drop_oldest"] += 1
        else:
            index += 1
