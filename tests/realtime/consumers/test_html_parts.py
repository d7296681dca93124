"""Parts of a page that come and go, each with a token of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from realtime import Topic, registry
from realtime.message import Position
from realtime.pages import MAX_TOKENS
from realtime.sentences import SENTENCES
from realtime.tokens import Page, sign
from realtime.topics import on_presence
from tests.realtime.consumers.test_html import error, form, still_works
from tests.realtime.consumers.test_html_recovery import markers, page_at, say, shown
from tests.wire import LOBBY, page_of, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import HTMLWire, OpenHTML

OTHER = "wire.open.other"


def follow(page: Page, *at: str) -> str:
    """Return what `goby.js` sends when a part came."""
    return json.dumps({"goby": "follow", "token": sign(page), "at": at})


def unfollow(page: Page) -> str:
    """Return what `goby.js` sends when a part went."""
    return json.dumps({"goby": "unfollow", "token": sign(page)})


def followed() -> set[str]:
    """Return the topics that somebody follows."""
    return set(registry.engine().hub.router._routes)


async def settled(wire: HTMLWire) -> str:
    """Return all that came until the page's messages so far were handled."""
    wire.send_text(form("wire.echo", text="still here"))
    text = ""
    while "still here" not in text:
        text += await wire.whole()
    return text


@pytest.fixture(autouse=True)
def _same_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is another in another second; the parts' tokens are made again here."""
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_700_000_000.0)


# In the address


async def test_page_follows_the_topics_of_all_its_tokens(open_html: OpenHTML) -> None:
    parts = [page_of(LOBBY), page_of(OTHER, LOBBY), page_of("wire.open.third")]
    wire = await open_html(token="&token=".join(sign(part) for part in parts))

    assert [topic for topic, _, _ in markers(await wire.whole())] == [
        LOBBY,
        OTHER,
        "wire.open.third",
    ]
    await publish(LOBBY, {"text": "once"})
    assert shown(await wire.whole()) == [1]


async def test_topic_of_several_parts_is_followed_from_the_earliest_of_them(
    open_html: OpenHTML,
) -> None:
    epoch = await say(5)
    offsets = (4, 2, 3)
    tokens = [sign(page_at(LOBBY, offset=offset, epoch=epoch)) for offset in offsets]

    wire = await open_html(token="&token=".join(tokens))

    assert shown(await wire.whole()) == [3, 4, 5]


async def test_parts_from_two_lives_of_a_topic_are_fetched_anew(open_html: OpenHTML) -> None:
    epoch = await say(2)
    tokens = [sign(page_at(LOBBY, offset=2, epoch=each)) for each in (epoch, "before")]

    wire = await open_html(token="&token=".join(tokens))

    assert markers(await wire.whole()) == [(LOBBY, 2, "entered resync")]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("bad", "code"),
    [("forged", 1008), ("another session's", 1008), ("old", 4408), ("user's", 4401)],
)
async def test_one_bad_token_of_several_closes_the_page(
    bad: str, code: int, place: int, open_html: OpenHTML, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [sign(page_of(LOBBY)), sign(page_of(OTHER))]
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 1_600_000_000.0)
        old = sign(page_of(LOBBY))
    bad_ones = {
        "forged": tokens[0][:-3],
        "another session's": sign(page_of(LOBBY, session="another")),
        "user's": sign(page_of(LOBBY, user="7")),
        "old": old,
    }
    tokens.insert(place, bad_ones[bad])

    wire = await open_html(token="&token=".join(tokens))

    assert await wire.closed() == code
    assert followed() == set()


async def test_page_with_too_many_parts_is_told_and_follows_the_first(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    parts = [page_of(f"wire.open.{number}") for number in range(MAX_TOKENS + 2)]
    wire = await open_html(token="&token=".join(sign(part) for part in parts))

    assert await wire.text() == error(SENTENCES[106])
    assert len(followed()) == MAX_TOKENS
    assert engine.instrumentation.errors == {106: 1}

    wire.send_text(follow(page_of("wire.open.more")))
    assert await wire.text() == error(SENTENCES[106])
    wire.send_text(follow(parts[1]))  # which is there already
    wire.send_text(unfollow(parts[0]))
    wire.send_text(follow(page_of("wire.open.more")))
    await settled(wire)
    assert followed() >= {"wire.open.more", "wire.open.1"}
    assert len(followed()) == MAX_TOKENS
    assert engine.instrumentation.errors == {106: 2}


# While connected


async def test_part_that_comes_gets_what_was_published_since_it_was_made(
    open_html: OpenHTML,
) -> None:
    wire = await open_html(LOBBY)
    epoch = await say(3, OTHER)

    wire.send_text(follow(page_at(OTHER, offset=1, epoch=epoch)))

    text = await settled(wire)
    assert shown(text) == [2, 3]
    assert (OTHER, 3, "entered") in markers(text)
    await publish(OTHER, {"text": "live"})
    assert shown(await wire.whole()) == [4]


async def test_part_whose_topic_is_followed_already_gets_what_came_while_it_was_on_its_way(
    open_html: OpenHTML,
) -> None:
    wire = await open_html(LOBBY)
    epoch = await say(3)
    assert shown(await wire.text()) == [1, 2, 3]

    wire.send_text(follow(page_at(LOBBY, offset=1, epoch=epoch)))

    text = await settled(wire)
    assert shown(text) == [2, 3]
    assert (LOBBY, 3, "entered") in markers(text)
    await publish(LOBBY, {"text": "live, once"})
    assert shown(await wire.whole()) == [4]


@pytest.mark.parametrize("topic", [LOBBY, "wire.plain"])
async def test_part_without_positions_changes_nothing_for_a_topic_that_is_followed(
    topic: str, open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(topic)
    await settled(wire)
    position = None if topic == LOBBY else Position(3, "of another declaration")

    wire.send_text(follow(Page(topics={topic: position}, user="", session="")))

    assert markers(await settled(wire)) == []
    assert engine.hub.router.subscriptions == 1
    assert engine.instrumentation.errors == {}


async def test_position_that_comes_with_a_part_counts_and_not_that_of_its_token(
    open_html: OpenHTML,
) -> None:
    wire = await open_html()
    epoch = await say(4, OTHER)

    wire.send_text(follow(page_at(OTHER, offset=0, epoch=epoch), f"3~{epoch}~{OTHER}"))

    assert shown(await settled(wire)) == [4]


async def test_topic_is_followed_until_the_last_part_that_shows_it_is_gone(
    open_html: OpenHTML,
) -> None:
    one, other = page_of(LOBBY, OTHER), page_of(LOBBY, "wire.plain")
    wire = await open_html()
    wire.send_text(follow(one))
    wire.send_text(follow(other))
    await settled(wire)
    assert followed() == {LOBBY, OTHER, "wire.plain"}

    wire.send_text(unfollow(one))
    await settled(wire)
    assert followed() == {LOBBY, "wire.plain"}
    wire.send_text(unfollow(one))
    wire.send_text(unfollow(other))
    await settled(wire)
    assert followed() == set()


async def test_part_that_goes_and_comes_back_is_followed_again(open_html: OpenHTML) -> None:
    part = page_of(OTHER)
    wire = await open_html(page=part)
    for text in (unfollow(part), follow(part)):
        wire.send_text(text)
    await settled(wire)

    await publish(OTHER, {"text": "hi"})

    assert shown(await wire.whole()) == [1]


async def test_part_may_not_follow_what_its_user_may_not(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(LOBBY)

    wire.send_text(follow(page_of("wire.members", OTHER)))

    assert await wire.text() == error(SENTENCES[103])
    await settled(wire)
    assert followed() == {LOBBY, OTHER}
    assert engine.instrumentation.errors == {103: 1}


@pytest.mark.parametrize(
    ("page", "code"), [(page_of(OTHER, session="another"), 1008), (page_of(OTHER, user="7"), 4401)]
)
async def test_part_of_somebody_else_closes_the_page(
    page: Page, code: int, open_html: OpenHTML
) -> None:
    wire = await open_html(LOBBY)

    wire.send_text(follow(page))

    assert await wire.closed() == code


async def test_part_that_is_too_old_closes_with_4408(
    open_html: OpenHTML, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = await open_html(LOBBY)
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 1_600_000_000.0)
        text = follow(page_of(OTHER))

    wire.send_text(text)

    assert await wire.closed() == 4408


@pytest.mark.parametrize(
    "message",
    [
        {"goby": "follow"},
        {"goby": "follow", "token": 7},
        {"goby": "dance", "token": "x"},
        {"goby": None, "token": "x"},
        {"goby": ["follow"], "token": "x", "action": "wire.echo"},
    ],
    ids=repr,
)
async def test_change_that_cannot_be_read_is_refused(
    message: dict[str, object], open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(LOBBY)

    wire.send_text(json.dumps(message))

    assert await wire.text() == error(SENTENCES[107])
    assert engine.instrumentation.errors == {107: 1}
    await still_works(wire)


@pytest.mark.parametrize("message", ["nonsense", "[]", "7", "", '{"goby":'], ids=repr)
async def test_message_that_is_no_form_is_refused(message: str, open_html: OpenHTML) -> None:
    wire = await open_html(LOBBY)

    wire.send_text(message)

    assert await wire.text() == error(SENTENCES[107])
    await still_works(wire)


async def test_site_can_take_a_topic_away_but_adds_none(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    wire = await open_html(LOBBY, OTHER)
    await settled(wire)
    [connection] = engine.connections._by_id.values()
    assert connection.host is not None

    await connection.host.subscribe("wire.plain")
    connection.host.unsubscribe(LOBBY, 2500, "unsubscribed")

    assert followed() == {OTHER}
    await still_works(wire)


# Who is there


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What an app hears of those who follow `wire.seen`."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(registry, "declared_watchers", [])
    topic = Topic("wire.seen", can_subscribe="anyone", presence=True)
    on_presence(lambda change: heard.append((change.kind, change.topic)))
    registry.reset()
    yield heard
    registry.catalog.remove(topic.pattern)


async def test_part_that_repeats_a_topic_makes_nobody_come_twice(
    heard: list[tuple[str, str]], open_html: OpenHTML
) -> None:
    wire = await open_html("wire.seen")
    part = page_of("wire.seen", OTHER)

    for text in (follow(part), unfollow(part)):
        wire.send_text(text)
    await settled(wire)
    await wire.disconnect()

    assert heard == [("join", "wire.seen"), ("leave", "wire.seen")]
