"""What the playground's pages show: lines in a file, which outlives the server as a database does.

Each line is said on the page's topic after it was written, with its number.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from django.conf import settings

from tests.playground import topics

_lock = Lock()


def say(name: str, text: str, *, side: bool = False) -> int:
    """Keep a line and publish it; return its number."""
    topic = (topics.side if side else topics.page)(name=name)
    number = keep(name, text, side=side)
    topic.publish({"number": number, "text": text})
    return number


def correct(name: str, number: int, text: str) -> None:
    """Give a line another text."""
    with _lock:
        kept = [text for _, text in lines(name)]
        kept[number - 1] = text
        _path(name, side=False).write_text("".join(f"{each}\n" for each in kept), encoding="utf-8")
    topics.page(name=name).publish({"corrects": number, "text": text})


async def burst(name: str, count: int, size: int) -> None:
    """Say so many lines at once, so that no outbox can be emptied in between."""
    said = [(keep(name, f"line {each}", side=False), f"line {each}") for each in range(count)]
    for number, text in said:
        data = {"number": number, "text": text, "padding": "x" * size}
        await topics.page(name=name).apublish(data)


def keep(name: str, text: str, *, side: bool) -> int:
    """Keep a line; return its number."""
    with _lock, _path(name, side=side).open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    return len(lines(name, side=side))


def lines(name: str, *, side: bool = False) -> list[tuple[int, str]]:
    """Return what was said, with its numbers."""
    path = _path(name, side=side)
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return list(enumerate(kept, 1))


def _path(name: str, *, side: bool) -> Path:
    return Path(settings.VAR_DIR) / f"{name}-{'side' if side else 'page'}.txt"
