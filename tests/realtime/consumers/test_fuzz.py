"""Whatever comes in over the Data socket is answered, refused or closed by the protocol's rules.

Nothing is raised out of the consumer, no defect of ours is behind an answer, and no client is
shown what is inside.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goby_project.asgi import application
from realtime import registry
from realtime.commands import perform
from realtime.consumers import metering
from realtime.protocol import BAD_FRAME, FLOOD, MESSAGE_TOO_BIG
from tests.realtime.consumers.fuzzing import assert_is_well, send_all, send_raw
from tests.realtime.consumers.garbage import BYTES, SMALL, TEXTS
from tests.wire import LOBBY, DataWire, opened
from tests.wire_protobuf import FORMS, ProtobufWire

if TYPE_CHECKING:
    import asyncio

# Before the connect command or after it.
WHEN = st.sampled_from(["", "connected"])

any_garbage = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
in_both_forms = pytest.mark.parametrize("form", FORMS, ids=["json", "protobuf"])


@any_garbage
@given(st.lists(TEXTS, min_size=1, max_size=3), WHEN)
@example(["\ufeff{}"], "connected")
@example(['{"id":5,"rpc":' + "[" * 60_000], "connected")
@example(["9" * 60_000], "")
@example(["x" * 70_000], "")
def test_any_text_is_answered_or_closed_by_the_rules(
    runner: asyncio.Runner, texts: list[str], connected: str
) -> None:
    assert_is_well(runner.run(send_all(DataWire, *texts, connect=bool(connected))))


@any_garbage
@given(st.lists(BYTES, min_size=1, max_size=3), WHEN)
@example([b"\x80" * 60_000], "connected")
@example([b"\xff\xff\xff\xff\x0f"], "")
@example([bytes(70_000)], "connected")
def test_any_bytes_are_answered_or_closed_by_the_rules(
    runner: asyncio.Runner, frames: list[bytes], connected: str
) -> None:
    assert_is_well(runner.run(send_all(ProtobufWire, *frames, connect=bool(connected))))


@any_garbage
@given(TEXTS, BYTES)
def test_frame_of_the_other_form_is_closed(runner: asyncio.Runner, text: str, raw: bytes) -> None:
    for outcome in (
        runner.run(send_all(DataWire, raw)),
        runner.run(send_all(ProtobufWire, text)),
    ):
        assert_is_well(outcome)
        assert outcome.code in {BAD_FRAME, MESSAGE_TOO_BIG}


# What it costs


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass for what a client may do in a second."""
    monkeypatch.setattr(metering, "time", SimpleNamespace(monotonic=lambda: 1.0))


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that were performed, each with its name."""
    names: list[str] = []

    async def counted(consumer: Any, command: Any) -> None:
        names.append(command.name)
        await perform(consumer, command)

    monkeypatch.setattr("realtime.consumers.data.perform", counted)
    return names


@in_both_forms
@pytest.mark.parametrize("kind", SMALL)
def test_frame_of_small_messages_costs_no_more_than_its_clients_rate(
    kind: str,
    form: type[DataWire],
    runner: asyncio.Runner,
    performed: list[str],
    at_once: None,
) -> None:
    engine = registry.engine()
    small = SMALL[kind][FORMS.index(form)]
    count = engine.settings.message_max_size // len(small)

    outcome = runner.run(send_all(form, small * count))

    assert_is_well(outcome)
    assert outcome.code in {BAD_FRAME, FLOOD}
    most = max(rate.burst + rate.patience for rate in engine.rates.values())
    assert len(performed) <= min(count, most)
    assert len(outcome.objects) <= min(count, most) + 10
    # An answer is longer than its command, but not without bound.
    assert engine.instrumentation.bytes_sent <= 100 * min(count, most) + 1000


@in_both_forms
def test_others_have_their_turns_while_a_flood_is_answered(
    form: type[DataWire], runner: asyncio.Runner, at_once: None
) -> None:
    small = SMALL["unknown command"][FORMS.index(form)]

    async def flood() -> tuple[int, int]:
        wire, other = form(application), form(application)
        async with opened(wire), opened(other):
            await wire.connect()
            await other.connect()
            refused = registry.engine().instrumentation.errors
            send_raw(wire, small * 4000)
            await other.call("unsubscribe", channel=LOBBY)
            before = refused.total()
            await wire.closed()
            return before, refused.total()

    before, after = runner.run(flood())

    assert before < 200 < after
