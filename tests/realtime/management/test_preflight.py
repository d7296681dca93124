"""What stands between a person and a traceback: a taken port, a place that cannot be written."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from realtime.management import preflight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port of this machine that somebody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield str(server.getsockname()[1])


@pytest.fixture
def free_port() -> str:
    """A port of this machine that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return str(server.getsockname()[1])


def refuse_to_bind(monkeypatch: pytest.MonkeyPatch, *codes: int | None) -> None:
    """Let the next binds end with these error numbers, one for each address found."""
    answers = iter(codes)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))] * len(codes)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(preflight, "_bind_problem", lambda *_: next(answers))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - tried, not served
def test_free_port_is_no_problem(host: str, free_port: str) -> None:
    assert preflight.port_problem(host, free_port) is None


def test_free_port_of_ipv6_is_no_problem(free_port: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")

    assert preflight.port_problem("::1", free_port) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 - tried, not served
def test_taken_port_is_named_with_a_way_out(host: str, taken_port: str) -> None:
    problem = preflight.port_problem(host, taken_port)

    assert problem is not None
    assert f"{host}:{taken_port} is taken by another program." in problem
    assert "PORT=" in problem


def test_port_whose_last_connection_lingers_is_free() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            accepted, _ = server.accept()
            accepted.close()  # the server closes first, so TIME_WAIT stays on its port
            assert client.recv(1) == b""

    assert preflight.port_problem("127.0.0.1", str(port)) is None


@pytest.mark.parametrize("port", ["", "abc", "-1", "0", "65536", "8000.0", "\uff18\uff10"])
def test_port_that_is_no_port_is_refused(port: str) -> None:
    problem = preflight.port_problem("127.0.0.1", port)

    assert problem == f"PORT must be a number from 1 to 65535, not {port!r}."


def test_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    problem = preflight.port_problem("nowhere.invalid", "8000")

    assert problem == "HOST 'nowhere.invalid' is not a name or an address that this machine knows."


def test_address_of_another_machine_is_refused() -> None:
    problem = preflight.port_problem("192.0.2.1", "8000")

    assert problem == "192.0.2.1:8000 is not an address of this machine. Choose another HOST."


def test_port_for_administrators_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_bind(monkeypatch, errno.EACCES)

    assert preflight.port_problem("127.0.0.1", "80") == (
        "Port 80 needs rights that you do not have. Choose one from 1024 upwards."
    )


def test_name_with_one_address_that_works_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_bind(monkeypatch, errno.EADDRNOTAVAIL, None)

    assert preflight.port_problem("localhost", "8000") is None


def test_name_with_one_address_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_to_bind(monkeypatch, None, errno.EADDRINUSE)

    problem = preflight.port_problem("localhost", "65535")

    assert problem is not None
    assert problem.endswith("choose another port: PORT=65534.")


def test_address_of_ipv6_stands_in_brackets() -> None:
    assert preflight.address("::1", 8000) == "[::1]:8000"
    assert preflight.address("localhost", "8000") == "localhost:8000"


def test_writable_places_are_no_problem(tmp_path: Path) -> None:
    assert preflight.write_problem(tmp_path) is None
    assert preflight.write_problem(tmp_path / "not" / "yet" / "there.sqlite3") is None


@pytest.mark.parametrize("name", ["", "not/yet/there.sqlite3"])
def test_unwritable_directory_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == tmp_path and mode == os.W_OK))

    assert preflight.write_problem(tmp_path / name) == (
        f"{tmp_path} is not writable for you. Change its owner or its permissions."
    )


def test_file_in_the_place_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").touch()

    assert preflight.write_problem(tmp_path / "var" / "goby.sqlite3") == (
        f"{tmp_path / 'var'} is a file, so {tmp_path / 'var' / 'goby.sqlite3'} cannot be made. "
        "Move it away."
    )


def test_script_says_one_line_and_fails(taken_port: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, preflight.__file__, "--writable", str(tmp_path)),
            *("--host", "127.0.0.1", "--port", taken_port),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Goby cannot start: 127.0.0.1:{taken_port} is taken")
    assert len(done.stderr.splitlines()) == 1


def test_main_reports_the_first_problem_only(
    taken_port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    code = preflight.main(
        ["--writable", str(tmp_path / "file" / "var"), "--host", "127.0.0.1", "--port", taken_port]
    )

    assert code == 1
    assert "is a file" in capsys.readouterr().err


def test_main_is_silent_when_all_is_well(
    free_port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preflight.main(["--host", "127.0.0.1", "--port", free_port]) == 0
    assert preflight.main(["--writable", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")
