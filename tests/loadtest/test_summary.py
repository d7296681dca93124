"""The measures of a test, from what was counted."""

from __future__ import annotations

import json

import pytest

from loadtest.address import site_at
from loadtest.conditions import MEASURES
from loadtest.course import Outcome
from loadtest.ledger import REFUSED, Ledger
from loadtest.plan import Plan
from loadtest.summary import document, measures_of
from loadtest.tally import Tally
from loadtest.thresholds import rows


def outcome_of(tally: Tally, *, seconds: float = 2.0, interrupted: bool = False) -> Outcome:
    return Outcome(
        plan=Plan(site=site_at("http://127.0.0.1/"), users=3, sessions=("sessionid=secret",)),
        rooms=("lobby",),
        tally=tally,
        balance=tally.ledger.balance(),
        seconds=seconds,
        busy=0.25,
        began_at=1.0,
        interrupted=interrupted,
    )


def tally_with_two_followers() -> Tally:
    """Return what is counted of a message that was refused, and one that one of two has."""
    tally = Tally(Ledger(("lobby",)))
    tally.ledger.rooms[0].followers = 2
    tally.enter()
    tally.enter()
    tally.ledger.settle(tally.ledger.send(0), REFUSED)
    tally.ledger.arrive(tally.ledger.send(0), 0, bytearray())
    tally.wait(60_000)
    tally.fail("refused: Wait.")
    return tally


def test_every_measure_of_a_condition_is_taken() -> None:
    found = measures_of(outcome_of(tally_with_two_followers()))

    assert set(found) == set(MEASURES)
    assert (found["connected"], found["not_connected"]) == (2, 1)
    assert (found["sent"], found["refused"], found["delivered"], found["lost"]) == (1, 1, 1, 1)
    assert (found["errors"], found["sent/s"], found["p99"]) == (1, 0.5, 0.06)


def test_server_that_delivers_after_the_end_is_no_faster_for_it() -> None:
    tally = tally_with_two_followers()
    tally.sample(11.0)
    tally.sample(60.0)

    assert measures_of(outcome_of(tally))["delivered/s"] == pytest.approx(1 / 10)


def test_test_that_was_stopped_before_anything_has_no_rates() -> None:
    found = measures_of(outcome_of(Tally(Ledger(("lobby",))), seconds=0.0, interrupted=True))

    assert (found["sent/s"], found["delivered/s"], found["p50"]) == (0.0, 0.0, None)


def test_document_is_json_without_what_lets_people_in() -> None:
    outcome = outcome_of(tally_with_two_followers())
    outcome.tally.sample(1.0)
    text = json.dumps(document(outcome, measures_of(outcome), ["lost>0: lost was 1."]))

    assert "secret" not in text
    assert json.loads(text)["plan"]["sign_in"] == "sessions"
    assert json.loads(text)["failures"] == ["lost>0: lost was 1."]
    assert len(json.loads(text)["samples"]) == 1


def test_thresholds_are_the_guides_with_what_was_measured() -> None:
    found = measures_of(outcome_of(tally_with_two_followers()))

    assert {row.name: (row.limit, row.measured, row.verdict) for row in rows(found)} == {
        "MaxConnections": ("1,000", "2", "within"),
        "ScaleUpConnections": ("800", "2", "within"),
        "MaxMessagesPerSecond": ("1,000.0", "0.5", "within"),
        "MaxLatency": ("100.0 ms", "60.0 ms", "within"),
        "ScaleUpLatency": ("50.0 ms", "60.0 ms", "above"),
        "MaxMemoryMB": ("512", "-", "not seen"),
        "MaxCPUPercent": ("80", "-", "not seen"),
    }
    nothing = measures_of(outcome_of(Tally(Ledger(("lobby",)))))
    assert [row.verdict for row in rows(nothing)].count("not measured") == 2
