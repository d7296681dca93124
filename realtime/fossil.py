"""What changed from one publication to the next, so that only that travels.

The form is the delta of the Fossil version control system, which the protocol names and the SDKs
read: the length of the target, then copies out of the source (`<length>@<offset>,`) and insertions
(`<length>:<bytes>`), then a checksum of the target (`<sum>;`). Numbers are written to the base 64.

Publications are small JSON texts of which a few values changed. So the common head and tail are
looked for first, by comparing slices of growing and then shrinking length; only what is left
between them is looked up, in a table of the source's blocks. Each byte is looked at a bounded
number of times, whatever the input.
"""

from __future__ import annotations

from struct import unpack
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"

# Shorter than this nothing is copied: the command could be longer than the bytes it saves.
BLOCK = 16
# A block that the source has often is first looked for so close behind the last copy.
NEARBY = 256
# The first guess at how many bytes are alike, doubled while it holds.
STEP = 64


class _Copy(NamedTuple):
    """The bytes `start` to `stop` of the target stand at `offset` in the source."""

    start: int
    stop: int
    offset: int


def delta(source: bytes, target: bytes) -> bytes:
    """Return what makes `target` of `source`: at most 17 bytes longer than the target.

    That bound holds for sizes up to 16 MB. Where both are UTF-8 the delta is, too, so that it can
    travel as a JSON string: no character is ever cut in two.
    """
    parts, done = [_number(len(target)), b"\n"], 0
    for copy in _copies(source, target):
        parts += _insertion(target, done, copy.start)
        parts += _copying(copy)
        done = copy.stop
    parts += _insertion(target, done, len(target))
    parts += (_number(_checksum(target)), b";")
    return b"".join(parts)


def _copies(source: bytes, target: bytes) -> Iterator[_Copy]:
    """Yield what can be copied, in the target's order; the first and the last may be empty."""
    end, shorter = len(target), min(len(source), len(target))
    head = _alike_from(source, 0, target, 0, shorter)
    tail = _alike_until(source, len(source), target, end, shorter - head)
    first = _worth(target, _Copy(0, head, 0)) or _Copy(0, 0, 0)
    last = _worth(target, _Copy(end - tail, end, len(source) - tail)) or _Copy(end, end, 0)
    yield first
    if last.start - first.stop >= BLOCK:
        yield from _moved(source, target, first, last)
    yield last


def _moved(source: bytes, target: bytes, first: _Copy, last: _Copy) -> Iterator[_Copy]:
    """Yield what between head and tail can be copied, wherever in the source it stands."""
    table = {source[at : at + BLOCK]: at for at in range(0, len(source) - BLOCK + 1, BLOCK)}
    before, at = first, first.stop
    while (at := _next_known(table, target, at, last.start)) < last.start:
        block = target[at : at + BLOCK]
        near = before.offset + before.stop - before.start
        offset = source.find(block, near, near + NEARBY)
        found = _Copy(at, at + BLOCK, offset if offset >= 0 else table[block])
        grown = _grown(source, target, found, before.stop, last.start)
        copy = _worth(target, grown)
        if copy is not None:
            yield copy
            before = copy
        # What is not worth it ends here, too: it was all that is alike around this place.
        at = grown.stop if copy is None else copy.stop


def _next_known(table: dict[bytes, int], target: bytes, at: int, end: int) -> int:
    """Return where the next block stands that the table knows, or `end` if there is none."""
    for start in range(at, end - BLOCK + 1):
        if target[start : start + BLOCK] in table:
            return start
    return end


def _grown(source: bytes, target: bytes, copy: _Copy, begin: int, end: int) -> _Copy:
    """Return the copy with all that is alike around it, between `begin` and `end`."""
    start, stop, offset = copy
    behind = offset + stop - start
    before = _alike_until(source, offset, target, start, min(offset, start - begin))
    after = _alike_from(source, behind, target, stop, min(len(source) - behind, end - stop))
    return _Copy(start - before, stop + after, offset - before)


def _worth(target: bytes, copy: _Copy) -> _Copy | None:
    """Return the copy without parts of characters at its edges, None where it saves nothing."""
    if copy.stop - copy.start < BLOCK:
        return None
    start, stop = _boundary(target, copy.start, 1), _boundary(target, copy.stop, -1)
    if stop - start < BLOCK:
        return None
    return _Copy(start, stop, copy.offset + start - copy.start)


def _boundary(target: bytes, at: int, step: int) -> int:
    """Return where, from a place on, a UTF-8 character begins; before that are 3 bytes at most."""
    for _ in range(3):
        if at == len(target) or target[at] & 0xC0 != 0x80:
            break
        at += step
    return at


def _alike_from(source: bytes, at: int, target: bytes, to: int, limit: int) -> int:
    """Return how many bytes, at most `limit`, are alike from these places on."""
    return _longest(
        limit,
        lambda known, step: (
            source[at + known : at + known + step] == target[to + known : to + known + step]
        ),
    )


def _alike_until(source: bytes, at: int, target: bytes, to: int, limit: int) -> int:
    """Return how many bytes, at most `limit`, are alike before these places."""
    return _longest(
        limit,
        lambda known, step: (
            source[at - known - step : at - known] == target[to - known - step : to - known]
        ),
    )


def _longest(limit: int, alike: Callable[[int, int], bool]) -> int:
    """Return up to where all is alike; `alike` compares so many bytes after those known."""
    known, step = 0, STEP
    while known + step <= limit and alike(known, step):
        known += step
        step *= 2
    while step := step // 2:
        if known + step <= limit and alike(known, step):
            known += step
    return known


def _insertion(target: bytes, start: int, stop: int) -> tuple[bytes, ...]:
    return (_number(stop - start), b":", target[start:stop]) if stop > start else ()


def _copying(copy: _Copy) -> tuple[bytes, ...]:
    length = copy.stop - copy.start
    return (_number(length), b"@", _number(copy.offset), b",") if length else ()


def _number(value: int) -> bytes:
    digits = bytearray((DIGITS[value & 63],))
    while value := value >> 6:
        digits.append(DIGITS[value & 63])
    digits.reverse()
    return bytes(digits)


def _checksum(target: bytes) -> int:
    """Return the sum of the target's 32-bit numbers, the highest byte first, within 32 bits."""
    count = (len(target) + 3) // 4
    numbers: tuple[int, ...] = unpack(f">{count}I", target.ljust(count * 4, b"\0"))
    return sum(numbers) & 0xFFFFFFFF
