"""What a test asks of its own machine."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from loadtest.errors import LoadTestError
from loadtest.files import allow_sockets, check_writable, read_sessions, write

if TYPE_CHECKING:
    from pathlib import Path


def test_sessions_are_keys_or_cookies_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    path.write_text("abc\n\nsid=def\n")

    assert read_sessions(path) == ("sessionid=abc", "sid=def")


@pytest.mark.parametrize(
    ("content", "said"), [("\n", "There are no sessions"), (None, "cannot be")]
)
def test_sessions_that_are_not_there_are_refused(
    content: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "sessions"
    if content is not None:
        path.write_text(content)

    with pytest.raises(LoadTestError, match=said):
        read_sessions(path)


def test_place_for_a_file_is_looked_at_before_the_test(tmp_path: Path) -> None:
    check_writable(None, tmp_path / "report.html")

    for path in (tmp_path, tmp_path / "nowhere" / "report.html"):
        with pytest.raises(LoadTestError, match="is no file that can be written"):
            check_writable(path)


def test_file_is_written_only_if_asked_for(tmp_path: Path) -> None:
    write(None, "nothing")
    write(tmp_path / "found", "something")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["something"]
    with pytest.raises(LoadTestError, match="could not be written"):
        write(tmp_path, "something")


def test_limit_of_open_files_is_raised_as_far_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 8_192))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))

    allow_sockets(100)
    allow_sockets(5_000)

    assert asked == [(5_100, 8_192)]


def test_limit_that_cannot_be_raised_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, __: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))
    monkeypatch.setattr(resource, "setrlimit", refuse)

    with pytest.raises(LoadTestError, match=r"5,000 users need 5,100 open files.*may have 4,096"):
        allow_sockets(5_000)
