"""The frame of the binary form: lengths as varints, and fields that were serialised before.

The library writes and reads whole messages. What it has no function for is to set in a part that
is serialised already, so that it is not serialised again; the lengths around messages come with
that.
"""

from __future__ import annotations

LONGEST = 5  # bytes of a varint that says a length: more than a frame may have

_LENGTH_DELIMITED = 2


def varint(number: int) -> bytes:
    """Return a number from 0 on, seven bits a byte, the lowest first."""
    if number < 0x80:
        return bytes((number,))
    groups = bytearray()
    while number >= 0x80:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def prefixed(message: bytes) -> bytes:
    """Return a message with its length before it."""
    return varint(len(message)) + message


def field(number: int, contents: bytes) -> bytes:
    """Return a field of a message: another message, a text or bytes."""
    return varint(number << 3 | _LENGTH_DELIMITED) + prefixed(contents)


def split(stream: bytes) -> list[bytes]:
    """Return the messages of a frame; raise `ValueError` if the last one is not whole."""
    messages, place = [], 0
    while place < len(stream):
        length, place = _read(stream, place)
        message = stream[place : place + length]
        if len(message) < length:
            raise ValueError("The frame ends before its last message does.")
        messages.append(message)
        place += length
    return messages


def _read(stream: bytes, place: int) -> tuple[int, int]:
    number = 0
    for index in range(LONGEST):
        byte = stream[place + index] if place + index < len(stream) else 0x80
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, place + index + 1
    raise ValueError("A length is no varint, or too long.")
