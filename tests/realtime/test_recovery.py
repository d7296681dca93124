"""Recovery: all that was missed or an honest no, read and encoded once, and never out of bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import ProtobufCodec
from realtime.history import History, Page, Query
from realtime.message import Position, Publication
from realtime.recovery import CACHE_TTL, MAX_PUBLICATIONS, missed_since
from tests.realtime.recovering import LATEST, STREAM, TOPIC, Returning, publications_of

if TYPE_CHECKING:
    from tests.realtime.clock import ClockLoop


def publication(offset: int) -> Publication:
    return Publication("t", offset, b"%d" % offset, offset, "e")


# What was missed


@given(
    kept=st.sets(st.integers(1, 12)),
    top=st.integers(0, 12),
    since=st.integers(-3, 14),
    epoch=st.sampled_from(["", "e", "another"]),
)
def test_missed_is_all_that_came_after_or_unknown(
    kept: set[int], top: int, since: int, epoch: str
) -> None:
    """Whatever a broker returns: a hole, too little, too much."""
    found = [each for each in sorted(kept) if since < each <= top]
    page = Page(tuple(publication(each) for each in found), Position(top, "e"))

    missed = missed_since(page, Position(since, epoch), STREAM)

    complete = list(range(since + 1, top + 1))
    if epoch in {"", "e"} and since <= top and found == complete:
        assert missed is not None
        assert [each.offset for each in missed] == complete
    else:
        assert missed is None


@given(since=st.sampled_from([-(2**63), 2**63 - 1]))
def test_position_out_of_all_bounds_is_unknown(since: int) -> None:
    page = Page((publication(1),), Position(1, "e"))

    assert missed_since(page, Position(since, "e"), STREAM) is None


@pytest.mark.parametrize(
    ("since", "missed"),
    [
        (Position(3, "e"), ()),
        (Position(3, ""), ()),
        (Position(2, "e"), (3,)),
        (Position(0, ""), (3,)),
        (Position(3, "another"), (3,)),
        (Position(9, "another"), (3,)),
    ],
)
def test_latest_is_all_that_was_missed_wherever_the_client_was(
    since: Position, missed: tuple[int, ...]
) -> None:
    page = Page((publication(3),), Position(3, "e"))

    found = missed_since(page, since, LATEST)

    assert found is not None
    assert tuple(each.offset for each in found) == missed


def test_latest_that_is_gone_is_unknown() -> None:
    assert missed_since(Page((), Position(3, "e")), Position(2, "e"), LATEST) is None


# Answers


async def test_answer_has_the_missed_publications_as_a_client_gets_them(
    returning: Returning,
) -> None:
    await returning.publish(1, 2, 3)

    answer = await returning.recover(1)

    assert answer.recovered
    assert publications_of(answer) == [{"data": 2, "offset": 2}, {"data": 3, "offset": 3}]
    assert answer.top == Position(3, returning.epoch)


async def test_answer_is_read_and_encoded_once_for_all_who_return_to_a_position(
    returning: Returning,
) -> None:
    await returning.publish(1, 2, 3)
    returning.watch()

    answers = [await returning.recover(since) for since in (1, 2) * 1000]

    assert len({id(answer) for answer in answers}) == 2
    assert returning.broker.reads == 2
    assert returning.codec.encoded == [2, 3, 3]


async def test_answer_is_kept_apart_for_each_form(returning: Returning) -> None:
    await returning.publish(1)
    returning.watch()
    since = Position(0, returning.epoch)

    text = await returning.recover(0)
    binary = await returning.recovery.recover(TOPIC, STREAM, since, ProtobufCodec())

    assert publications_of(text) == [{"data": 1, "offset": 1}]
    expected = ProtobufCodec().publications(
        [Publication(TOPIC, 1, b"1", 1, returning.epoch)], of="subscribe"
    )
    assert binary.publications is not None
    assert binary.publications.raw == expected.raw
    assert await returning.recover(0) is text
    assert len(returning.recovery.answers) == 2


async def test_answer_is_made_anew_when_the_topic_has_moved_on(returning: Returning) -> None:
    await returning.publish(1)
    returning.watch()
    await returning.recover(0)

    await returning.publish(2)

    assert publications_of(await returning.recover(0))[-1]["data"] == 2


async def test_removed_publications_are_recovered_by_nobody(returning: Returning) -> None:
    await returning.publish("secret")
    returning.watch()
    assert (await returning.recover(0)).recovered

    await returning.recovery.remove(TOPIC)

    again = await returning.recover(0)
    assert (again.recovered, again.publications) == (False, None)
    assert again.top.offset == 1


async def test_answer_does_not_outlive_its_time(clock: ClockLoop, returning: Returning) -> None:
    await returning.publish(1)
    returning.watch()
    await returning.recover(0)
    clock.advance(CACHE_TTL - 1)
    await returning.recover(0)
    assert returning.broker.reads == 1

    clock.advance(1)

    await returning.recover(0)
    assert returning.broker.reads == 2


async def test_more_than_a_history_returns_is_not_recovered(returning: Returning) -> None:
    await returning.publish(*range(MAX_PUBLICATIONS + 1))

    assert not (await returning.recover(0)).recovered
    whole = await returning.recover(1)
    assert len(publications_of(whole)) == MAX_PUBLICATIONS


async def test_more_than_an_outbox_takes_is_not_recovered(returning: Returning) -> None:
    await returning.publish(*["x" * 600] * 20)

    refused, taken = await returning.recover(0), await returning.recover(10)

    assert (refused.recovered, refused.publications) == (False, None)
    assert refused.top.offset == 20
    assert taken.recovered


# A hub that has yet to hear what the broker keeps


async def test_what_the_hub_has_yet_to_hear_is_left_to_it(returning: Returning) -> None:
    await returning.publish(1, 2)
    follower = returning.watch()
    on_its_way = returning.lose(3)

    answer = await returning.recover(1)

    assert publications_of(answer) == [{"data": 2, "offset": 2}]
    assert answer.top == Position(2, returning.epoch) == returning.hub.top(TOPIC)
    returning.hub.dispatch(on_its_way)
    assert (len(follower.frames), follower.missed) == (1, [])


async def test_history_that_began_again_is_not_taken_for_the_one_the_hub_knows(
    returning: Returning,
) -> None:
    await returning.publish(1, 2, 3)
    returning.watch()
    returning.store.end(TOPIC)
    again = returning.lose("first of another life")

    answer = await returning.recover(2)

    assert not answer.recovered
    assert answer.top == Position(1, again.epoch)


# Positions


async def test_position_is_the_hubs_where_it_knows_one(returning: Returning) -> None:
    await returning.publish(1)
    assert await returning.recovery.position(TOPIC, STREAM) == Position(1, returning.epoch)
    returning.watch()
    reads = returning.broker.reads

    await returning.publish(2)

    assert await returning.recovery.position(TOPIC, STREAM) == Position(2, returning.epoch)
    assert returning.broker.reads == reads


async def test_limit_of_zero_reads_the_position_alone(returning: Returning) -> None:
    await returning.publish(1)

    page = await returning.broker.read(TOPIC, History(size=9, ttl=9), Query(limit=0))

    assert page == Page((), Position(1, returning.epoch))
