"""The measurement of the fragment cache, with tiny numbers: it measures what it says.

No figure is asserted: a test's machine has other things to do.
"""

from __future__ import annotations

import sys

import pytest

from benchmarks.in_process import InProcess
from benchmarks.machine import choose_cores
from benchmarks.plan import QUICK
from benchmarks.scenarios.fragments import Fragments
from benchmarks.site import temporary_site

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the benchmark pins processes to cores"),
    pytest.mark.timeout(180),
]


def test_measurement_has_every_figure_that_the_report_needs() -> None:
    errand = InProcess(title="it", module="benchmarks.fragments", argument='{"rounds": 2}')
    with temporary_site() as site:
        figures = errand.run(choose_cores(), site)

    assert all(len(times) == 2 and min(times) > 0 for times in figures.values())
    findings = {each.what: each for each in Fragments().findings(QUICK, {"fragments": [figures]})}
    assert findings["50 messages with a warm cache: CPU saved"].at_least == 60
    assert findings["hit of get_or_render: p99 (CPU)"].at_most == 100
    assert "the whole page around them: CPU saved" in findings


def test_quick_run_measures_less() -> None:
    [step] = Fragments().steps(QUICK)

    assert step.key == "fragments"
