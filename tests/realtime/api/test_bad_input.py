"""Whatever JSON a program sends: an answer, never a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime import registry
from realtime.api.methods import NAMES, answer
from realtime.codecs.json import dumps

if TYPE_CHECKING:
    from tests.realtime.api.conftest import Program

FIELDS = (
    "channel",
    "channels",
    "client",
    "code",
    "commands",
    "data",
    "disconnect",
    "epoch",
    "expired",
    "idempotency_key",
    "info",
    "limit",
    "offset",
    "pattern",
    "reason",
    "reverse",
    "since",
    "skip_history",
    "tags",
    "user",
    "whitelist",
    "",
)
TOPICS = ("wire.plain", "wire.kept.a", "wire.closed", "no.such.topic", "two words", "#", "$a#1,2")
TEXTS = st.sampled_from(TOPICS) | st.text(max_size=5) | st.sampled_from(["*", "[", "[!", "42"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, *sorted(NAMES)]), inner, max_size=4)
    ),
    max_leaves=10,
)
BODIES = VALUES | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(sorted(NAMES)), body=BODIES)
async def test_any_json_is_answered(program: Program, method: str, body: Any) -> None:
    engine = await registry.attach()

    answered = await answer(engine, method, orjson.loads(orjson.dumps(body)))

    [kind] = orjson.loads(dumps(answered))
    assert kind in {"result", "error", "replies"}
    if kind == "error":
        assert answered["error"]["code"] in range(101, 113)
        assert answered["error"]["message"]
    assert not engine.instrumentation.failures


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
async def test_any_bytes_are_answered(program: Program, body: bytes) -> None:
    response = await program.post("publish", body)

    assert response.status_code in {200, 400}
    assert response.json()["error"]["code"] in range(102, 109)
