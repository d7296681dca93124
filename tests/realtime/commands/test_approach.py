"""The way into a topic: what the client asks for, where it enters, and what it is told of that."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from realtime.codecs import DeltaCodec
from realtime.codecs.delta import DeltaFollower
from realtime.commands.approach import FROM_NOW_ON, NOWHERE, Approach, Request, enter
from realtime.connections import Subscription
from realtime.exceptions import CommandError, ProtocolError
from realtime.message import Position
from realtime.recovery import MAX_PUBLICATIONS
from realtime.terms import AS_DECLARED, Override
from tests.realtime.recovering import STREAM, TOPIC, Returning

if TYPE_CHECKING:
    from realtime.message import Follower

# What the client asks for


def test_request_without_fields_is_from_now_on() -> None:
    assert Request.of({}) == FROM_NOW_ON == Request(since=NOWHERE)
    assert not FROM_NOW_ON.refuses_loss


def test_request_has_all_that_the_client_says() -> None:
    body = {"recover": True, "offset": 7, "epoch": "e", "flag": 2, "join_leave": True}

    request = Request.of({**body, "delta": "fossil", "channel": "c"})

    since = Position(7, "e")
    assert request == Request(recover=True, since=since, flag=2, join_leave=True, delta=True)


@pytest.mark.parametrize(
    "body",
    [
        {"recover": 1},
        {"offset": "1"},
        {"offset": True},
        {"epoch": 5},
        {"flag": True},
        {"join_leave": 1},
        {"delta": 5},
        {"delta": None},
    ],
)
def test_field_of_another_type_is_refused_with_107(body: dict[str, object]) -> None:
    with pytest.raises(CommandError) as refused:
        Request.of(body)
    assert refused.value.code == 107


@pytest.mark.parametrize("delta", ["vcdiff", "Fossil", " ", "fossil\n"])
def test_delta_that_nobody_knows_closes_with_3501(delta: str) -> None:
    with pytest.raises(ProtocolError, match="unknown delta") as broken:
        Request.of({"delta": delta})
    assert broken.value.code == 3501


@pytest.mark.parametrize(
    ("recover", "flag", "refuses"),
    [(True, 2, True), (True, 3, True), (True, 1, False), (True, 0, False), (False, 2, False)],
)
def test_loss_is_refused_by_who_recovers_and_says_so(
    *, recover: bool, flag: int, refuses: bool
) -> None:
    assert Request(recover=recover, flag=flag).refuses_loss is refuses


# The approach


class Visitor:
    """As much of a consumer as an approach sees: the engine's rooms, and what it speaks."""

    def __init__(self, site: Returning) -> None:
        self.engine = self
        self.hub, self.recovery = site.hub, site.recovery
        self.instrumentation = site.counters
        self.joined: dict[str, Subscription] = {}

    def join(self, topic: str, subscription: Subscription) -> None:
        self.joined[topic] = subscription
        self.hub.subscribe(topic, subscription.codec, subscription.follower)


def approach(
    site: Returning,
    request: Request = FROM_NOW_ON,
    *,
    follower: Follower | None = None,
    override: Override = AS_DECLARED,
) -> Approach:
    """Return the way of a client to the topic."""
    way = Subscription(codec="json", follower=follower or site.follower, override=override)
    codec = DeltaCodec(site.codec) if isinstance(follower, DeltaFollower) else site.codec
    return Approach(cast("Any", Visitor(site)), codec, TOPIC, STREAM, request, way)


async def test_client_enters_at_the_top_and_the_gate_is_gone(returning: Returning) -> None:
    await returning.publish(1, 2)
    way = approach(returning)

    assert await enter(way) == []

    epoch = returning.epoch
    assert way.result == {"recoverable": True, "positioned": True, "epoch": epoch, "offset": 2}
    assert returning.hub.router.subscriptions == 1
    assert returning.hub.top(TOPIC) == Position(2, epoch)
    await returning.publish(3)
    assert [each.offset for each in returning.follower.frames] == [3]


async def test_first_position_of_all_has_no_offset(returning: Returning) -> None:
    way = approach(returning)

    await enter(way)

    assert way.result.keys() == {"recoverable", "positioned", "epoch"}


@pytest.mark.parametrize(
    ("override", "missing"),
    [
        (Override(force_recovery=False), {"recoverable"}),
        (Override(force_positioning=False), {"positioned"}),
        (Override(force_recovery=True, force_positioning=True), set()),
    ],
)
async def test_client_is_told_no_more_than_its_terms_say(
    override: Override, missing: set[str], returning: Returning
) -> None:
    way = approach(returning, override=override)

    await enter(way)

    assert {"recoverable", "positioned"} - way.result.keys() == missing


async def test_what_comes_while_the_history_is_read_is_returned(returning: Returning) -> None:
    await returning.publish(1)
    way = approach(returning)
    with ExitStack() as gates:
        await way.read(gates)
        await returning.publish(2, 3)

        live = way.join()

    assert [each.offset for each in live] == [2, 3]
    assert returning.hub.top(TOPIC) == Position(3, returning.epoch)


async def test_hole_lets_nobody_in(returning: Returning) -> None:
    await returning.publish(1)
    way = approach(returning)
    with ExitStack() as gates:
        await way.read(gates)
        returning.lose(2)
        await returning.publish(3)

        with pytest.raises(ProtocolError) as broken:
            way.join()

    assert broken.value.code == 3010
    assert returning.hub.router.subscriptions == 0


async def recovered(site: Returning, since: int, **more: Any) -> Approach:
    request = Request(recover=True, since=Position(since, site.epoch), **more)
    way = approach(site, request)
    await enter(way)
    return way


async def test_client_is_given_what_it_missed_and_its_own_position(returning: Returning) -> None:
    await returning.publish(1, 2, 3)

    result = (await recovered(returning, 1)).result

    pubs = orjson.loads(result.pop("publications").raw)
    assert pubs == [{"data": 2, "offset": 2}, {"data": 3, "offset": 3}]
    told = {"recovered": True, "was_recovering": True, "offset": 1, "epoch": returning.epoch}
    assert result == {"recoverable": True, "positioned": True, **told}
    assert returning.counters.recoveries == {True: 1}


async def test_client_that_missed_nothing_is_told_so(returning: Returning) -> None:
    await returning.publish(1)

    result = (await recovered(returning, 1)).result

    assert result["recovered"] is True
    assert "publications" not in result


async def test_client_that_missed_too_much_is_told_so_or_refused(returning: Returning) -> None:
    await returning.publish(*range(MAX_PUBLICATIONS + 2))

    result = (await recovered(returning, 1)).result
    with pytest.raises(CommandError) as refused:
        await recovered(returning, 1, flag=2)

    assert refused.value.code == 112
    assert ("recovered" in result, result["was_recovering"]) == (False, True)
    assert result["offset"] == MAX_PUBLICATIONS + 2
    assert returning.counters.recoveries == {False: 2}
    assert returning.hub.router.subscriptions == 1


# Of a topic of which the client gets patches


async def returned(site: Returning, since: int) -> tuple[DeltaFollower, dict[str, Any]]:
    follower = DeltaFollower(cast("Any", site.follower))
    way = approach(
        site, Request(recover=True, since=Position(since, site.epoch)), follower=follower
    )
    await enter(way)
    return follower, way.result


async def test_patches_go_on_from_what_was_recovered(returning: Returning) -> None:
    await returning.publish("one", "two" * 20, "two" * 21)

    follower, result = await returned(returning, 1)

    pubs = orjson.loads(result["publications"].raw)
    assert [(pub["offset"], "delta" in pub) for pub in pubs] == [(2, False), (3, True)]
    assert pubs[0]["data"] == '"' + "two" * 20 + '"'
    assert follower.known == 3


@pytest.mark.parametrize("since", [3, 9], ids=["nothing missed", "not recovered"])
async def test_patches_begin_anew_where_nothing_was_recovered(
    since: int, returning: Returning
) -> None:
    await returning.publish(1, 2, 3)

    follower, result = await returned(returning, since)

    assert "publications" not in result
    assert follower.known == 0
