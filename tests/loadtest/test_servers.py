"""Load tests of the site as it is served. What is right about them is checked, and no speed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from loadtest.address import site_at
from loadtest.browser import Browser
from tests.server import PROJECT, Server, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USERS = 20


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serve(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def uvicorn() -> Iterator[Server]:
    with serve("uvicorn") as running:
        yield running


def load(server: Server, file: Path, *, seconds: float = 2.0, **options: Any) -> dict[str, Any]:
    """Make a load test, and return what it measured."""
    call_command("loadtest", str(USERS), str(seconds), server.url, json=file, **options)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def check_all_arrived(found: dict[str, Any], *, followers: int = USERS) -> None:
    measures = found["measures"]
    assert measures["sent"] > 0
    assert measures["delivered"] == found["expected"] == measures["sent"] * followers
    assert (measures["lost"], measures["doubled"], measures["refused"]) == (0, 0, 0)
    assert found["errors"] == {}
    assert measures["connected"] == USERS


@pytest.mark.parametrize("socket", ["html", "data"])
def test_every_message_arrives_at_every_follower(
    server: Server, socket: str, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    found = load(
        server,
        tmp_path / "found.json",
        socket=socket,
        html=report,
        fail_if=["lost>0", "doubled>0", "errors>0", "not_connected>0"],
    )

    check_all_arrived(found)
    assert found["measures"]["sent"] == 20
    assert found["failures"] == []
    assert 0 < found["measures"]["p50"] <= found["measures"]["p99"] <= found["measures"]["max"]
    assert sum(sample["delivered"] for sample in found["samples"]) == 400
    check_report(report.read_text())


def check_report(html: str) -> None:
    assert html.count("<polyline") >= 7
    assert "MaxLatency" in html
    assert re.search(r"<script|https?://(?!127\.0\.0\.1)| src=| href=", html) is None


@pytest.mark.parametrize("socket", ["html", "data"])
def test_nothing_is_lost_in_a_storm(uvicorn: Server, socket: str, tmp_path: Path) -> None:
    found = load(
        uvicorn,
        tmp_path / "found.json",
        seconds=4.0,
        socket=socket,
        rate=8.0,
        storm=1.5,
        storm_share=0.6,
    )

    assert found["connects"] > USERS
    assert found["recovered"] > 0
    assert found["measures"]["delivered"] == found["expected"] > 0
    assert (found["measures"]["lost"], found["measures"]["doubled"]) == (0, 0)
    assert found["measures"]["resyncs"] == 0


def test_rooms_are_made_and_each_has_its_own_messages(uvicorn: Server, tmp_path: Path) -> None:
    found = load(uvicorn, tmp_path / "found.json", seconds=1.0, rooms="4", accounts=6, ramp=0.0)

    assert len(set(found["plan"]["rooms"])) == 4
    check_all_arrived(found, followers=USERS // 4)


def test_programs_come_in_with_tokens_and_pause_to_think(tmp_path: Path) -> None:
    with serve("daphne") as server:
        found = load(
            server,
            tmp_path / "found.json",
            seconds=1.0,
            socket="data",
            sign_in="tokens",
            think=2.0,
        )

    check_all_arrived(found)


def test_users_of_the_site_come_in_by_their_sessions(uvicorn: Server, tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    sessions.write_text("\n".join(session_of_a_guest(uvicorn) for _ in range(2)))
    found = load(
        uvicorn, tmp_path / "found.json", seconds=1.0, rate=4.0, rooms="2", sessions=sessions
    )

    assert (found["plan"]["sign_in"], found["plan"]["people"]) == ("sessions", 2)
    check_all_arrived(found, followers=USERS // 2)


def session_of_a_guest(server: Server) -> str:
    browser = Browser(site_at(server.url))
    browser.enter_as_guest()
    [key] = re.findall("sessionid=([^;]+)", browser.cookies)
    return str(key)


def test_site_without_keys_for_tokens_is_said(uvicorn: Server) -> None:
    with pytest.raises(CommandError, match=r"issued no token \(HTTP 503 at .*TOKEN_KEYS"):
        call_command("loadtest", "5", "1", uvicorn.url, socket="data", sign_in="tokens")


def test_room_that_is_not_there_is_said(uvicorn: Server) -> None:
    with pytest.raises(CommandError, match=r"rooms/nowhere/ shows no live room \(HTTP 404\)"):
        call_command("loadtest", "5", "1", uvicorn.url, rooms="nowhere")


def test_site_that_lets_no_guests_in_is_said() -> None:
    with (
        serve("uvicorn", environment={"GOBY_ALLOW_GUESTS": "0"}) as server,
        pytest.raises(CommandError, match=r"Nobody got in at .*/app/ws/data: "),
    ):
        call_command("loadtest", "5", "1", server.url, socket="data", ramp=0.0)


def test_pages_without_a_session_are_held_and_a_condition_fails(
    uvicorn: Server, tmp_path: Path
) -> None:
    file = tmp_path / "found.json"
    with pytest.raises(CommandError, match="Failed by connected<21: connected was 20"):
        load(uvicorn, file, seconds=0.5, sign_in="none", rate=0.0, fail_if=["connected<21"])

    found = json.loads(file.read_text())
    assert found["measures"]["connected"] == USERS
    assert found["failures"] == ["connected<21: connected was 20."]


def test_interrupted_test_ends_with_the_report_so_far(uvicorn: Server, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    command = ["loadtest", str(USERS), "600", uvicorn.url, "--socket", "data", "--ramp", "0"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command, "--json", str(file)],
        cwd=PROJECT,
        env=uvicorn.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_messages(uvicorn)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    found = json.loads(file.read_text())
    assert process.returncode == 0, output
    assert "interrupted after" in output
    assert found["interrupted"] is True
    assert found["measures"]["delivered"] == found["expected"] > 0


def wait_for_messages(server: Server) -> None:
    """Wait until the load test has said something more than others did before."""
    count = "from chat.models import Message; print(Message.objects.count())"
    before = server.manage("shell", "-v", "0", "-c", count).stdout
    deadline = time.monotonic() + 30
    while server.manage("shell", "-v", "0", "-c", count).stdout == before:
        assert time.monotonic() < deadline
