"""Tries everything in rounds, so that a machine that slows down slows all."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.ablation.trials import trials_of
from benchmarks.machine import choose_cores, pinned, raise_file_limit
from benchmarks.site import temporary_site
from realtime.conf.settings import OPTIMISATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.ablation.gains import Rounds
    from benchmarks.ablation.trials import Sizes

_SPARE_FILES = 200


def run(sizes: Sizes, only: str | None, tell: Callable[[str], None]) -> tuple[Rounds, list[str]]:
    """Return the figures of all rounds, and a sentence for each trial that failed."""
    cores = choose_cores()
    raise_file_limit(max(sizes.followers, sizes.people, sizes.followed) + _SPARE_FILES)
    trials = trials_of(sizes, OPTIMISATIONS, only) * sizes.rounds
    rounds: Rounds = defaultdict(lambda: defaultdict(list))
    failures = []
    with temporary_site() as site, pinned(cores.load):
        for number, trial in enumerate(trials, 1):
            tell(f"{number} of {len(trials)}: {trial.workload}, {trial.variant}")
            try:
                figures = trial.run(cores, site)
            except (RuntimeError, subprocess.TimeoutExpired) as problem:
                failures.append(f"{trial.workload}, {trial.variant}: {problem}")
            else:
                rounds[trial.workload][trial.variant].append(figures)
    return rounds, failures
