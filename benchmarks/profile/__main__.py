"""`make bench-profile`: loads the server, looks into it, and writes where its time goes."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.machine import choose_cores, pinned, raise_file_limit
from benchmarks.profile.page import table, write_page
from benchmarks.profile.sampler import NotPossibleError, find_sampler
from benchmarks.profile.workloads import QUICK, WHOLE, profile
from benchmarks.servers import end_on_sigterm
from benchmarks.site import ROOT, temporary_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.machine import Cores
    from benchmarks.profile.workloads import Profile, Workload

_SPARE_FILES = 200


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="for errors alone; writes no page")
    parser.add_argument(
        "--stacks", type=Path, metavar="DIRECTORY", help="keep the samples, for a flame graph"
    )
    parser.add_argument(
        "--docs",
        type=Path,
        default=ROOT / "docs",
        metavar="DIRECTORY",
        help="where performance.md is",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look at the server under each workload; 1 where that is not possible."""
    given = _arguments(arguments)
    end_on_sigterm()
    console, cores = Console(), choose_cores()
    try:
        find_sampler()
        profiles = _profiles(QUICK if given.quick else WHOLE, cores, console)
    except (NotPossibleError, RuntimeError, subprocess.TimeoutExpired) as problem:
        console.print(str(problem), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; the server is gone.")
        return 130
    console.print(table(profiles))
    if given.stacks is not None:
        _keep(profiles, given.stacks)
    if not given.quick:
        written = write_page(profiles, cores, given.docs)
        console.print(f"Written to {written}", markup=False)
    return 0


def _profiles(workloads: Sequence[Workload], cores: Cores, console: Console) -> list[Profile]:
    raise_file_limit(max(each.job.subscribers for each in workloads) + _SPARE_FILES)
    found = []
    with temporary_site() as site, pinned(cores.load):
        for each in workloads:
            console.print(f"{each.name} ...", markup=False)
            found.append(profile(each, cores, site))
    return found


def _keep(profiles: Sequence[Profile], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for each in profiles:
        name = f"{each.name.replace(' ', '-')}.txt"
        (directory / name).write_text(each.stacks, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
