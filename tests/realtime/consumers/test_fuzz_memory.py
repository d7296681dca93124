"""Garbage leaves nothing behind: what clients sent is forgotten when they are gone."""

from __future__ import annotations

import gc
import json
import logging
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from tests.protobuf import frame_of
from tests.realtime.consumers.fuzzing import assert_is_well, send_all
from tests.realtime.consumers.garbage import GOOD
from tests.wire import DataWire
from tests.wire_protobuf import FORMS

if TYPE_CHECKING:
    import asyncio

# So many connections, each with garbage of its own, before it is measured and while it is.
WARM_UP, MEASURED = 150, 300
# Less than an outbox each. Python and its libraries come to keep half of it, and then no more.
SLACK = 200 * MEASURED


def garbage(form: type[DataWire], chance: random.Random) -> str | bytes:
    """Return a good frame in which something was put, cut out or doubled."""
    good = [each for each in chance.choices(GOOD, k=3) if "publish" not in each]
    raw = frame_of(*good) if form is not DataWire else "\n".join(map(json.dumps, good)).encode()
    start, stop = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
    stop = min(stop, start + chance.randrange(12))
    new = [b"", chance.randbytes(5), raw[start:stop] * 2, b"[" * 2000][chance.randrange(4)]
    raw = raw[:start] + new + raw[stop:]
    return raw if form is not DataWire else raw.decode(errors="ignore")


@pytest.mark.parametrize("form", FORMS, ids=["json", "protobuf"])
def test_memory_is_what_it_was_before_the_garbage(
    form: type[DataWire], runner: asyncio.Runner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="realtime")  # pytest would keep all that is logged
    chance = random.Random(1)  # noqa: S311 - the same garbage each time

    def round_of(count: int) -> int:
        codes = set()
        for _ in range(count):
            outcome = runner.run(
                send_all(form, garbage(form, chance), connect=chance.random() < 0.8)
            )
            assert_is_well(outcome)
            codes.add(outcome.code)
        assert codes >= {None, 3501}
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = round_of(WARM_UP)
        after = round_of(MEASURED)
    finally:
        tracemalloc.stop()

    assert after - before < SLACK
