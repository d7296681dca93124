"""The grammar of topics, patterns, and a router that equals a dict of ordered sets."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from realtime.exceptions import ConfigurationError, InvalidTopicError
from realtime.router import (
    MAX_TOPIC_LENGTH,
    Pattern,
    Router,
    is_open_to,
    is_private,
    validate_topic,
)

WORD = st.text(string.ascii_letters + string.digits + "_-:@~", min_size=1, max_size=12)
USERS = st.lists(
    st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


@st.composite
def topics(draw: st.DrawFn) -> str:
    """A topic by its grammar: words, maybe private, maybe for some users only."""
    words = draw(st.lists(WORD, min_size=1, max_size=4))
    users = draw(st.none() | USERS)
    return (
        draw(st.sampled_from(["", "$"]))
        + ".".join(words)
        + ("" if users is None else "#" + ",".join(users))
    )


@given(topics())
def test_topic_of_the_grammar_is_valid(topic: str) -> None:
    assert validate_topic(topic) == topic


@pytest.mark.parametrize(
    "topic",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        "a/b",
        "a\n",
        "ä",
        "٣",  # a digit, but not ours
        "a$b",
        "$",
        "a#",
        "a#1,",
        "a#1#2",
        "#1",
        'a"b',
        "a{b}",
        "x" * (MAX_TOPIC_LENGTH + 1),
        None,
        7,
        b"a",
        ["a"],
    ],
)
def test_topic_outside_of_the_grammar_is_refused(topic: object) -> None:
    with pytest.raises(InvalidTopicError):
        validate_topic(topic)


def test_longest_topic_is_valid() -> None:
    assert validate_topic("x" * MAX_TOPIC_LENGTH)


@given(st.text(max_size=30))
def test_valid_topic_needs_no_escape_in_json(text: str) -> None:
    try:
        validate_topic(text)
    except InvalidTopicError:
        return
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set('"\\ {}/')


def test_pattern_matches_one_word_for_a_parameter() -> None:
    pattern = Pattern("chat.room.{slug}")

    assert pattern.parameters == ("slug",)
    assert pattern.match("chat.room.lobby") == {"slug": "lobby"}
    assert pattern.match("chat.room.a.b") is None
    assert pattern.match("chat.room.") is None
    assert pattern.match("chat.room.lobby\n") is None
    assert pattern.match("chatXroom.lobby") is None


def test_pattern_without_parameters_matches_itself() -> None:
    pattern = Pattern("presence.updates")

    assert pattern.match("presence.updates") == {}
    assert pattern.match("presence.update") is None
    assert pattern.fill({}) == "presence.updates"


def test_pattern_may_hold_parameters_anywhere() -> None:
    pattern = Pattern("{app}.v{version}.feed#{user}")

    assert pattern.fill({"app": "blog", "version": 2, "user": 42}) == "blog.v2.feed#42"
    assert pattern.match("blog.v2.feed#42") == {"app": "blog", "version": "2", "user": "42"}


@pytest.mark.parametrize("text", ["", "a..{b}", "a b", "{a", "a}", "{A}", "{1}", "a.{}", "a.{b.c}"])
def test_pattern_outside_of_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidTopicError):
        Pattern(text)


def test_pattern_that_names_a_parameter_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names a parameter twice"):
        Pattern("a.{x}.{x}")


@pytest.mark.parametrize("parameters", [{}, {"slug": "a", "more": "b"}, {"other": "a"}])
def test_fill_with_other_parameters_is_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(InvalidTopicError, match="takes exactly: slug"):
        Pattern("room.{slug}").fill(parameters)


def test_fill_of_a_plain_topic_with_parameters_is_refused() -> None:
    with pytest.raises(InvalidTopicError, match="takes exactly: no parameters"):
        Pattern("rooms").fill({"slug": "a"})


@pytest.mark.parametrize("value", ["a.b", "", "a b", "a#1", "$a", None, "x" * 300, "{slug}"])
def test_fill_with_what_is_no_word_is_refused(value: object) -> None:
    if value is None:  # its text is a word
        assert Pattern("room.{slug}").fill({"slug": value}) == "room.None"
        return
    with pytest.raises(InvalidTopicError):
        Pattern("room.{slug}").fill({"slug": value})


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("{a}", {"a": "$private"}),
        ("{a}", {"a": "two.words"}),
        ("{a}-{b}", {"a": "x", "b": "y-z"}),
        ("{a}{b}", {"a": "x", "b": "yz"}),
        ("x{a}", {"a": ""}),
    ],
)
def test_fill_that_would_be_read_differently_is_refused(
    text: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(InvalidTopicError, match="holds a character that separates"):
        Pattern(text).fill(parameters)


@given(literals=st.lists(WORD, min_size=1, max_size=3), values=st.lists(WORD, max_size=3))
def test_match_reads_what_fill_wrote(literals: list[str], values: list[str]) -> None:
    parameters = {f"p{index}": value for index, value in enumerate(values)}
    pattern = Pattern(".".join([*literals, *(f"{{{name}}}" for name in parameters)]))

    assert pattern.match(pattern.fill(parameters)) == parameters


def test_match_of_an_unknown_topic_is_empty() -> None:
    router: Router[str] = Router()

    assert list(router.match("nobody.here")) == []
    assert router.followers("nobody.here") == 0


def test_follower_of_two_codecs_is_two_subscriptions() -> None:
    router: Router[str] = Router()

    assert router.add("a", "json", "me")
    assert router.add("a", "html", "me")

    assert router.followers("a") == router.subscriptions == 2
    assert router.topics == 1


def test_remove_of_another_codec_changes_nothing() -> None:
    router: Router[str] = Router()
    router.add("a", "json", "me")

    assert not router.remove("a", "html", "me")
    assert not router.remove("a", "json", "you")
    assert not router.remove("b", "json", "me")

    assert router.subscriptions == 1


@pytest.mark.parametrize(
    ("topic", "user", "is_open"),
    [
        ("news", "", True),
        ("news", "42", True),
        ("dialog#42,43", "42", True),
        ("dialog#42,43", "43", True),
        ("dialog#42,43", "4", False),
        ("dialog#42,43", "42,43", False),
        ("dialog#42,43", "", False),
        ("$dialog#42", "42", True),
    ],
)
def test_topic_with_users_in_its_name_is_open_to_them_alone(
    topic: str, user: str, *, is_open: bool
) -> None:
    assert is_open_to(topic, user) is is_open


def test_topic_is_private_by_its_first_character() -> None:
    assert is_private("$dialog#42")
    assert not is_private("dialog")


class RouterMachine(RuleBasedStateMachine):
    """A router is a dict of ordered sets, whatever is done to it in whatever order."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.router: Router[int] = Router()
        self.model: dict[str, dict[str, list[int]]] = {}

    @rule(target=names, name=WORD)
    def name(self, name: str) -> str:
        return name

    @rule(topic=names, codec=st.sampled_from(["json", "html"]), follower=st.integers(0, 4))
    def add(self, topic: str, codec: str, follower: int) -> None:
        followers = self.model.setdefault(topic, {}).setdefault(codec, [])
        new = follower not in followers
        if new:
            followers.append(follower)

        assert self.router.add(topic, codec, follower) is new

    @rule(topic=names, codec=st.sampled_from(["json", "html"]), follower=st.integers(0, 4))
    def remove(self, topic: str, codec: str, follower: int) -> None:
        followers = self.model.get(topic, {}).get(codec, [])
        known = follower in followers
        if known:
            followers.remove(follower)
            self.model[topic] = {name: kept for name, kept in self.model[topic].items() if kept}
            self.model = {name: codecs for name, codecs in self.model.items() if codecs}

        assert self.router.remove(topic, codec, follower) is known

    @rule(topic=names)
    def match(self, topic: str) -> None:
        found = {codec: list(followers) for codec, followers in self.router.match(topic)}

        assert found == self.model.get(topic, {})
        assert self.router.followers(topic) == sum(map(len, found.values()))

    @invariant()
    def counts_agree(self) -> None:
        routes = [followers for codecs in self.model.values() for followers in codecs.values()]
        assert self.router.topics == len(self.model)
        assert self.router.subscriptions == sum(map(len, routes))


TestRouterMachine = RouterMachine.TestCase


def test_router_names_the_topics_that_have_a_follower() -> None:
    router: Router[str] = Router()
    for topic, codec in (("a", "json"), ("b", "json"), ("b", "html")):
        router.add(topic, codec, "somebody")
    router.remove("a", "json", "somebody")

    assert list(router) == ["b"]
