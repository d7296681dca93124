"""The command before it begins: what is missing, what cannot be, where nobody answers."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from loadtest.address import site_at
from loadtest.options import plan_of, rooms_of
from tests.server import free_port

if TYPE_CHECKING:
    from pathlib import Path


def options(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "url": "http://127.0.0.1:8000/",
        "socket": "html",
        "users": 10,
        "seconds": 1.0,
        "ramp": -1.0,
        "rooms": "lobby",
        "rate": 10.0,
        "think": 0.0,
        "size": 64,
        "sign_in": None,
        "sessions": None,
        "accounts": 0,
        "storm": 0.0,
        "storm_share": 0.5,
        "seed": 1,
    }
    return {**usual, **changes}


def test_sign_in_is_what_the_socket_needs_unless_told() -> None:
    assert plan_of(options()).sign_in == "guests"
    assert plan_of(options(socket="data")).sign_in == "none"
    assert plan_of(options(socket="data", sign_in="tokens")).sign_in == "tokens"
    assert plan_of(options()).site == site_at("ws://127.0.0.1:8000")


def test_sessions_take_the_place_of_guests(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    path.write_text("one\ntwo\n")
    plan = plan_of(options(socket="data", sessions=path, rate=2.0))

    assert (plan.sign_in, plan.sessions) == ("guests", ("sessionid=one", "sessionid=two"))
    assert plan.people == 2


def test_rooms_are_named_or_counted() -> None:
    assert rooms_of("lobby, random,lobby,") == ("lobby", "random")
    assert rooms_of("20") == 20
    assert rooms_of(",") == ()


def test_packages_that_are_missing_are_named_with_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(CommandError, match=r"needs picows and rich.* -m pip install picows rich"):
        call_command("loadtest")


def test_condition_that_cannot_be_read_ends_it_before_it_begins() -> None:
    with pytest.raises(CommandError, match='"p99" is no condition'):
        call_command("loadtest", fail_if=["p99"])


@pytest.mark.parametrize("socket", ["html", "data"])
def test_address_where_nobody_answers_is_said_with_a_way_out(socket: str) -> None:
    url = f"http://127.0.0.1:{free_port()}/"

    with pytest.raises(CommandError) as refused:
        call_command("loadtest", "10", "1", url, socket=socket)

    assert f"Nobody answers at {url} (" in str(refused.value)
    assert "`make run`" in str(refused.value)
