"""Counters that only rise, and a log without payloads."""

from __future__ import annotations

import logging
from collections import Counter

import orjson
import pytest

from realtime.instrumentation import LARGEST_BATCH, RENDER_TIMES, Instrumentation, log_hook


def test_batch_counts_sends_bytes_and_sizes() -> None:
    counters = Instrumentation()

    counters.batch(3, 100)
    counters.batch(3, 50)
    counters.batch(1, 7)

    assert (counters.sends, counters.bytes_sent) == (3, 157)
    assert (counters.batch_sizes[1], counters.batch_sizes[3]) == (1, 2)


@pytest.mark.parametrize("frames", [LARGEST_BATCH, LARGEST_BATCH + 1, 10_000])
def test_large_batches_share_the_last_place(frames: int) -> None:
    counters = Instrumentation()

    counters.batch(frames, 1)

    assert counters.batch_sizes[LARGEST_BATCH] == 1
    assert sum(counters.batch_sizes) == 1


def test_batch_just_below_the_largest_has_its_own_place() -> None:
    counters = Instrumentation()

    counters.batch(LARGEST_BATCH - 1, 1)

    assert counters.batch_sizes[LARGEST_BATCH - 1] == 1


def test_quiet_refusal_is_counted_but_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    counters = Instrumentation()

    with caplog.at_level(logging.INFO, "realtime"):
        counters.refuse("data", 111)
        counters.refuse("data", 111, quiet=True)

    assert counters.errors == {111: 2}
    assert [record.getMessage() for record in caplog.records] == ["refused socket=data code=111"]


def test_failure_is_counted_and_logged_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counters = Instrumentation()
    error = ValueError("what a person wrote")

    with caplog.at_level(logging.ERROR, "realtime"):
        try:
            raise error
        except ValueError as caught:
            counters.fail("encoding", caught)

    assert counters.failures == Counter(encoding=1)
    assert "encoding raised ValueError" in caplog.text
    assert "test_instrumentation.py" in caplog.text
    assert "what a person wrote" not in caplog.text


def test_hook_writes_event_and_details_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "realtime"):
        log_hook("send failed", error="OSError", socket="html")

    assert caplog.messages == ["send failed error=OSError socket=html"]


def test_snapshot_is_plain_and_complete() -> None:
    counters = Instrumentation()
    counters.published = 2
    counters.encoded["json"] += 1
    counters.connections_closed[1006] += 1

    snapshot = counters.snapshot()

    assert snapshot["published"] == 2
    assert snapshot["encoded"] == {"json": 1}
    assert type(snapshot["encoded"]) is dict
    assert "hook" not in snapshot
    orjson.dumps(snapshot, option=orjson.OPT_NON_STR_KEYS)


def test_snapshot_does_not_change_afterwards() -> None:
    counters = Instrumentation()
    snapshot = counters.snapshot()

    counters.encoded["json"] += 1
    counters.batch(1, 1)

    assert snapshot["encoded"] == {}
    assert snapshot["batch_sizes"] == [0] * (LARGEST_BATCH + 1)


def test_counters_of_two_processes_are_their_own() -> None:
    one, other = Instrumentation(), Instrumentation()

    one.dropped["latest"] += 1
    one.batch(1, 1)

    assert other.dropped == Counter()
    assert sum(other.batch_sizes) == 0


def test_refusal_is_counted_and_told_to_the_hook() -> None:
    told: list[object] = []

    def hook(event: str, /, **details: object) -> None:
        told.append((event, details))

    counters = Instrumentation(hook=hook)

    counters.refuse("data", 103)
    counters.reject("html", "origin")

    assert counters.errors == Counter({103: 1})
    assert counters.handshakes_rejected == Counter(origin=1)
    assert told == [
        ("refused", {"socket": "data", "code": 103}),
        ("handshake rejected", {"socket": "html", "reason": "origin"}),
    ]


def test_quiet_rejection_is_counted_but_not_told() -> None:
    told: list[str] = []
    counters = Instrumentation(hook=lambda event, /, **details: told.append(event))

    counters.reject("data", "memory", quiet=True)

    assert counters.handshakes_rejected == Counter(memory=1)
    assert told == []


def test_rendering_is_counted_by_its_time_up_to_each_bound() -> None:
    counters = Instrumentation()

    for seconds in (0.0, RENDER_TIMES[0], RENDER_TIMES[0] * 1.01, RENDER_TIMES[-1], 10.0):
        counters.fragment_rendered(seconds)

    expected = [0] * (len(RENDER_TIMES) + 1)
    expected[0], expected[1], expected[-2], expected[-1] = 2, 1, 1, 1
    assert counters.fragment_render_times == expected
    assert counters.fragment_render_seconds == pytest.approx(10.0 + 0.25 + 0.0001 * 2.01)
