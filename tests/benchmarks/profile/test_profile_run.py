"""The command, for errors: a tiny load, a server that is looked into, a table."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.job import Job
from benchmarks.profile import sampler, workloads
from benchmarks.profile.__main__ import main
from benchmarks.profile.sampler import NotPossibleError, find_sampler, sample
from benchmarks.servers import Running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc"),
    pytest.mark.timeout(180),
]


def may_look() -> bool:
    """Whether py-spy is here and allowed to look into a process of ours."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as idle:
        try:
            sample(idle.pid, seconds=1.0, core=0)
        except NotPossibleError:
            return False
        else:
            return True
        finally:
            idle.kill()


def test_quick_run_shows_shares_and_writes_no_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if not may_look():
        pytest.skip("py-spy may not look into other processes here")

    code = main(["--quick", "--docs", str(tmp_path), "--stacks", str(tmp_path / "stacks")])

    told = capsys.readouterr().out
    assert code == 0, told
    assert "Where the time goes" in told
    assert [each.name for each in tmp_path.iterdir()] == ["stacks"]
    assert "uvicorn" in (tmp_path / "stacks" / "4-in-flight.txt").read_text(encoding="utf-8")


def test_missing_sampler_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_arguments, **_options: None)

    assert main(["--quick"]) == 1
    assert "python -m pip install py-spy" in " ".join(capsys.readouterr().out.split())


def test_sampler_that_fails_says_what_to_allow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbidden = tmp_path / "py-spy"
    forbidden.write_text("#!/bin/sh\necho 'Permission denied.' >&2\nexit 1\n", encoding="utf-8")
    forbidden.chmod(0o755)
    monkeypatch.setattr(sampler, "find_sampler", lambda: str(forbidden))

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as idle:
        with pytest.raises(NotPossibleError, match=r"Permission denied\. Run this as root, or"):
            sample(idle.pid, seconds=1.0, core=0)
        idle.kill()


def test_sampler_is_found_beside_the_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "py-spy"
    program.touch(mode=0o755)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))

    assert find_sampler() == str(program)


@pytest.mark.parametrize(
    ("problem", "said"),
    [(None, "left before everybody was connected"), (RuntimeError("refused"), "refused")],
)
def test_load_that_ends_early_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, problem: Exception | None, said: str
) -> None:
    monkeypatch.setattr(workloads, "fetch_stats", lambda _port: {"connections": 0})
    load: Future[dict[str, Any]] = Future()
    if problem is None:
        load.set_result({})
    else:
        load.set_exception(problem)

    with pytest.raises(RuntimeError, match=said):
        workloads._await_everybody(Running(port=1, pid=1), Job(mode="closed"), load)
