"""The grammar of `--fail-if`: small, strict, and never silent about what it did not understand."""

from __future__ import annotations

import pytest

from loadtest.conditions import MEASURES, Condition, parse, shown, verdicts
from loadtest.errors import LoadTestError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p99>100ms", ("p99", ">", 0.1)),
        ("p50 >= 1.5 s", ("p50", ">=", 1.5)),
        (" max<250ms ", ("max", "<", 0.25)),
        ("lost>0", ("lost", ">", 0.0)),
        ("connected<5000", ("connected", "<", 5000.0)),
        ("delivered/s<=999.5", ("delivered/s", "<=", 999.5)),
    ],
)
def test_condition_is_a_measure_a_comparison_and_a_limit(
    text: str, expected: tuple[str, str, float]
) -> None:
    found = parse(text)

    assert (found.measure, found.comparison) == expected[:2]
    assert found.limit == pytest.approx(expected[2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p99",
        "p99>",
        "p99>fast",
        "p99=100ms",
        "p99==100ms",
        "p99>-1ms",
        "p99>1e3ms",
        "p99>.5s",
        "p99>100 MS",
        "p99>100us",
        "p98>100ms",
        "P99>100ms",
        "lost>0 or doubled>0",
        "lost>0;doubled>0",
        "lost > 0 %",
        "100ms<p99",
        "p99>100ms\np50>1ms",
    ],
)
def test_anything_else_is_refused_with_an_example_and_all_measures(text: str) -> None:
    with pytest.raises(LoadTestError) as refused:
        parse(text)

    assert f'"{text}" is no condition.' in str(refused.value)
    assert '"p99>100ms"' in str(refused.value)
    assert all(measure in str(refused.value) for measure in MEASURES)


def test_time_without_a_unit_is_refused() -> None:
    with pytest.raises(LoadTestError, match="p99 is a time: write ms or s behind the number"):
        parse("p99>100")


def test_count_with_a_unit_is_refused() -> None:
    with pytest.raises(LoadTestError, match="lost is counted: write the number alone"):
        parse("lost>0ms")


@pytest.mark.parametrize(
    ("comparison", "fails"), [(">", False), (">=", True), ("<", False), ("<=", True)]
)
def test_test_fails_where_the_condition_holds(comparison: str, *, fails: bool) -> None:
    condition = Condition("lost at 3", "lost", comparison, 3.0)

    assert bool(condition.verdict({"lost": 3.0})) is fails


def test_verdict_says_the_condition_and_what_was_measured() -> None:
    conditions = [parse("p99>100ms"), parse("lost>0"), parse("sent/s<10")]

    said = verdicts(conditions, {"p99": 0.1234, "lost": 0.0, "sent/s": 9.87})

    assert said == ["p99>100ms: p99 was 123.4 ms.", "sent/s<10: sent/s was 9.9."]


def test_what_could_not_be_measured_fails_whatever_the_comparison() -> None:
    assert verdicts([parse("p99>1s"), parse("p99<1s")], {"p99": None}) == [
        "p99>1s: p99 could not be measured, since nothing arrived.",
        "p99<1s: p99 could not be measured, since nothing arrived.",
    ]


def test_values_are_shown_as_people_read_them() -> None:
    assert [
        shown("p99", 1.5),
        shown("sent", 12_345.0),
        shown("sent/s", 0.25),
        shown("max", None),
    ] == ["1,500.0 ms", "12,345", "0.2", "-"]
