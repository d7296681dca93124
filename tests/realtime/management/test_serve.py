"""`manage.py serve` becomes uvicorn, with the right flags and settings, or says why not."""

from __future__ import annotations

import os
import resource
import socket
import sys
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from realtime.management.commands import serve

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Exec:
    """Records what the process would have become."""

    program: str = ""
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, program: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.program, self.arguments, self.environment = program, arguments, dict(environment)


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> Exec:
    """Keep the test process what it is, and free of the terminal's HOST and PORT."""
    record = Exec()
    monkeypatch.setattr(os, "execve", record)
    monkeypatch.delenv("HOST", raising=False)
    monkeypatch.delenv("PORT", raising=False)
    return record


@pytest.fixture
def free_port() -> str:
    """A port of this machine that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return str(server.getsockname()[1])


def test_serve_becomes_uvicorn_with_the_production_flags(became: Exec, free_port: str) -> None:
    call_command("serve", port=free_port)

    assert became.program == sys.executable
    line = " ".join(became.arguments)
    assert line.startswith(f"{sys.executable} -m uvicorn goby_project.asgi:application ")
    for flags in (
        f"--host 127.0.0.1 --port {free_port}",
        "--ws realtime.direct:DirectWebSocketProtocol --ws-per-message-deflate false",
        "--ws-max-size 65536",
        "--timeout-graceful-shutdown 20 --loop uvloop --lifespan on",
    ):
        assert flags in line
    assert "--workers" not in line


@pytest.mark.parametrize("profile", serve.PROFILES)
def test_serve_uses_the_settings_of_the_profile(
    profile: str, became: Exec, free_port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("serve", profile=profile, host="localhost", port=free_port)

    assert became.environment["DJANGO_SETTINGS_MODULE"] == f"goby_project.settings.{profile}"
    assert became.environment["HOST"] == "localhost"
    assert capsys.readouterr().out == f"Goby ({profile}) is at http://localhost:{free_port}/\n"


def test_serve_listens_where_the_environment_says(
    became: Exec, free_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", "localhost")
    monkeypatch.setenv("PORT", free_port)

    call_command("serve")

    assert f"--host localhost --port {free_port}" in " ".join(became.arguments)


def test_serve_refuses_a_taken_port(became: Exec) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port} is taken by another program"):
            call_command("serve", port=str(port))

    assert became.program == ""


def test_serve_refuses_an_unknown_profile(became: Exec, free_port: str) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'fast'"):
        call_command("serve", "--profile", "fast", "--port", free_port)

    assert became.program == ""


@pytest.mark.parametrize("module", ["settings", "goby_project.realm.development"])
def test_serve_refuses_a_project_without_the_profile(
    module: str, became: Exec, free_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", module)

    with pytest.raises(CommandError, match="no settings module for the profile production"):
        call_command("serve", port=free_port)

    assert became.program == ""


def test_help_says_that_it_is_one_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("serve", "--help")

    assert "It is one process" in " ".join(capsys.readouterr().out.split())


def test_serve_raises_the_limit_of_open_files_to_what_the_system_allows(
    became: Exec, free_port: str
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
    try:
        call_command("serve", port=free_port)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_serve_starts_where_the_limit_of_open_files_cannot_be_raised(
    became: Exec, free_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: int, limits: tuple[int, int]) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)

    call_command("serve", port=free_port)

    assert became.program == sys.executable


def test_serve_starts_where_the_system_has_no_limit_of_open_files(
    became: Exec, free_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "resource", None)

    call_command("serve", port=free_port)

    assert became.program == sys.executable
