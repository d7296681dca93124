"""What a flood of commands is answered, on both sockets.

It costs its client the commands beyond its rate, then the connection; the others it must cost
nothing: neither their turns nor the log.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from realtime.exceptions import CommandError, ProtocolError
from realtime.limits import Meter
from realtime.protocol import TOO_MANY_REQUESTS

if TYPE_CHECKING:
    from realtime.consumers.socket import SocketConsumer
    from realtime.limits import Kind


def spend(consumer: SocketConsumer, kind: Kind) -> None:
    """Take one of what this client may do; raise `CommandError` 111 if that is too much.

    Raises `ProtocolError` if the client goes on regardless.
    """
    if consumer.meter is None:
        consumer.meter = Meter(consumer.engine.rates)
    verdict = consumer.meter.take(kind, time.monotonic())
    if verdict == "over":
        raise ProtocolError(consumer.flood.code, consumer.flood.reason)
    if verdict == "refused":
        raise CommandError(TOO_MANY_REQUESTS, "too many requests", temporary=True)


def note_refusal(consumer: SocketConsumer, code: int) -> None:
    """Count that a command was refused; log it the first time that it is with this code."""
    consumer.engine.instrumentation.refuse(consumer.socket, code, quiet=code in consumer.noted)
    consumer.noted |= {code}
