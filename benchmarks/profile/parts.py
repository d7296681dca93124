"""Which part of the whole a sample belongs to, told from its stack alone."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Part(StrEnum):
    """What the time is spent on; the values are what readers see."""

    WRITES = "system calls that write to sockets"
    CALLS = "other system calls"
    BETWEEN = "between two system calls"
    LOOP = "event loop (uvloop, asyncio)"
    SERVER = "server (uvicorn, websockets)"
    COMMANDS = "consumers and commands"
    ROUTING = "routing and history"
    ENCODING = "encoding"
    FRAMING = "framing and joining"
    OUTBOXES = "outboxes and flusher"
    COLLECTOR = "Python's collector"
    OTHER = "other"


KERNEL = (Part.WRITES, Part.CALLS)

_FRAME = re.compile(r"(?P<name>.*) \((?P<file>[^()]*?)(?::\d+)?\)")
_LIBC = re.compile(r"(libc|libpthread|ld-musl)\b")
_DISGUISE = re.compile(r"_*(GI_+)?(libc_)?")  # one call has many names in the C library

_WRITES = frozenset({"write", "writev", "send", "sendto", "sendmsg", "sendmmsg"})
_CALLS = frozenset(
    {
        *("read", "readv", "recv", "recvfrom", "recvmsg", "pread", "pread64", "pwrite", "pwrite64"),
        *("epoll_wait", "epoll_pwait", "epoll_ctl", "poll", "ppoll", "select", "syscall", "ioctl"),
        *("accept", "accept4", "close", "shutdown", "setsockopt", "getsockopt", "getpeername"),
        *("open", "open64", "openat", "fstat", "fstat64", "fcntl", "fcntl64", "fsync", "fdatasync"),
        *("mmap", "mmap64", "munmap", "mremap", "madvise", "brk", "getrandom", "futex"),
    }
)
# Over too soon to be caught in: such a sample was due in the code before.
_TOO_SHORT = frozenset({"getpid"})

# The longest beginning of a path decides. None: the work of who called it.
_PATHS: Mapping[str, Part | None] = {
    "realtime/": Part.COMMANDS,
    "channels/": Part.COMMANDS,
    "realtime/message.py": None,
    "realtime/instrumentation.py": None,
    "realtime/direct.py": Part.FRAMING,
    "realtime/codecs/joining.py": Part.FRAMING,
    "realtime/codecs/": Part.ENCODING,
    "realtime/rendering.py": Part.ENCODING,
    "realtime/fragment": Part.ENCODING,
    **dict.fromkeys(
        (
            *("realtime/arrivals.py", "realtime/broadcasts.py", "realtime/brokers/"),
            *("realtime/catalog.py", "realtime/dedup.py", "realtime/epochs.py"),
            *("realtime/fossil.py", "realtime/history.py", "realtime/hub.py"),
            *("realtime/mailboxes.py", "realtime/presence.py", "realtime/pubsub.py"),
            *("realtime/recovery.py", "realtime/router.py", "realtime/shelf.py"),
            "realtime/subscribers.py",
        ),
        Part.ROUTING,
    ),
    **dict.fromkeys(
        ("realtime/crowd.py", "realtime/flusher.py", "realtime/outbox.py"), Part.OUTBOXES
    ),
    **dict.fromkeys(("uvicorn/", "websockets/", "httptools/", "click/"), Part.SERVER),
    # What is compiled names the file it was compiled from, without a directory.
    **dict.fromkeys(("asyncio/", "uvloop/", "loop.c", "_asynciomodule.c"), Part.LOOP),
}


def part_of(frames: Sequence[str]) -> Part:
    """Return the part that a stack was caught in; its first frame is the outermost.

    The innermost frame that belongs to a part decides: libraries work for who calls them.
    """
    call = _call_of(frames[-1])
    if call in _TOO_SHORT:
        return Part.BETWEEN
    if call in _WRITES:
        return Part.WRITES
    if call in _CALLS:
        return Part.CALLS
    return next(filter(None, map(_part_of_frame, reversed(frames))), Part.OTHER)


def parts_of(stacks: Iterable[str]) -> Counter[Part]:
    """Count samples by part; a line holds the frames of one stack, and how often it was seen."""
    found: Counter[Part] = Counter()
    for line in stacks:
        stack, _, times = line.rstrip().rpartition(" ")
        found[part_of(stack.split(";"))] += int(times)
    return found


def shares_of(samples: Mapping[Part, int], kernel: float) -> dict[Part, float]:
    """Return the share of each part, all of them together 1.

    How much the kernel has is known from its own clock; samples only divide that among its calls.
    A sample that is due shortly before a call may be late, and then seems to be of the call. So
    what more of them the kernel has than time was spent between its calls, nobody knows where.
    """
    inside = {part: samples.get(part, 0) for part in KERNEL}
    outside = {part: samples.get(part, 0) for part in Part if part not in KERNEL}
    late = sum(inside.values()) - kernel * sum(samples.values())
    outside[Part.BETWEEN] += max(0, round(late))
    return {
        **_divided(kernel, inside, Part.CALLS),
        **_divided(1 - kernel, outside, Part.OTHER),
    }


def percents(shares: Mapping[Part, float]) -> dict[Part, int]:
    """Round to whole percents that add up to 100: those nearest to the next one get it."""
    found = {part: int(share * 100) for part, share in shares.items()}
    most_lost = sorted(found, key=lambda part: found[part] - shares[part] * 100)
    for part in most_lost[: 100 - sum(found.values())]:
        found[part] += 1
    return found


def _call_of(frame: str) -> str:
    """Return which function of the C library a frame is, or empty."""
    told = _FRAME.fullmatch(frame)
    if told is None or not _LIBC.match(told["file"]):
        return ""
    return _DISGUISE.sub("", told["name"], count=1)


def _part_of_frame(frame: str) -> Part | None:
    told = _FRAME.fullmatch(frame)
    if told is None:
        return None
    if told["name"].startswith("gc_collect"):
        return Part.COLLECTOR
    if told["name"].startswith("uv_"):  # libuv, inside of uvloop
        return Part.LOOP
    best = max((path for path in _PATHS if told["file"].startswith(path)), key=len, default="")
    return _PATHS.get(best)


def _divided(share: float, samples: Mapping[Part, int], unseen: Part) -> dict[Part, float]:
    """Divide a share as the samples are divided; without any, one part has it."""
    total = sum(samples.values())
    if not total:
        return {part: share if part is unseen else 0.0 for part in samples}
    return {part: share * count / total for part, count in samples.items()}
