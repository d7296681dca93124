"""Both forms of the Data socket's protocol say the same, whatever there is to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.codecs import JSONCodec, ProtobufCodec
from realtime.exceptions import CommandError
from realtime.message import Change, Frame
from tests.protobuf import object_of, replies_of
from tests.realtime.codecs.documents import DATA, INFOS, PUBLICATIONS, TEXT, TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from realtime.codecs import DataCodec
    from realtime.message import Publication

TEXT_FORM, BINARY_FORM = JSONCodec(), ProtobufCodec()

# What is zero or empty is left out of both forms, so nobody puts it in.
WORDS = TEXT.filter(bool)
COUNTS = st.integers(1, 2**32 - 1)
POSITIONS = st.integers(1, 2**63)
TRUE = st.just(value=True)
# A result's publications are made by the codec itself.
SEVERAL = st.lists(PUBLICATIONS, min_size=1, max_size=4)

MEMBER = {"user": WORDS, "conn_info": DATA, "chan_info": DATA}
MEMBERS = st.fixed_dictionaries({"client": WORDS}, optional=MEMBER)
SUBSCRIBED: Mapping[str, st.SearchStrategy[Any]] = {
    "expires": TRUE,
    "ttl": COUNTS,
    "recoverable": TRUE,
    "positioned": TRUE,
    "epoch": WORDS,
    "publications": SEVERAL,
    "recovered": TRUE,
    "was_recovering": TRUE,
    "offset": POSITIONS,
    "data": DATA,
}
CONNECTED: Mapping[str, st.SearchStrategy[Any]] = {
    "client": WORDS,
    "version": WORDS,
    "expires": TRUE,
    "ttl": COUNTS,
    "data": DATA,
    "subs": st.dictionaries(WORDS, st.fixed_dictionaries({}, optional=SUBSCRIBED), min_size=1),
    "ping": COUNTS,
    "pong": TRUE,
    "session": WORDS,
    "node": WORDS,
    "time": POSITIONS.filter(lambda number: number < 2**63),
}
REFRESHED = {"client": WORDS, "version": WORDS, "expires": TRUE, "ttl": COUNTS}
RESULTS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "connect": CONNECTED,
    "subscribe": SUBSCRIBED,
    "unsubscribe": {},
    "publish": {},
    "presence": {"presence": st.dictionaries(WORDS, MEMBERS, max_size=3)},
    "presence_stats": {"num_clients": COUNTS, "num_users": COUNTS},
    "history": {"epoch": WORDS, "offset": POSITIONS, "publications": SEVERAL},
    "ping": {},
    "rpc": {"data": DATA},
    "refresh": REFRESHED,
    "sub_refresh": {"expires": TRUE, "ttl": COUNTS},
}
PUSHES: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "unsubscribe": {"code": COUNTS, "reason": TEXT},
    "subscribe": {
        "recoverable": TRUE,
        "positioned": TRUE,
        "epoch": WORDS,
        "offset": POSITIONS,
        "data": DATA,
    },
    "message": {"data": DATA},
    "disconnect": {"code": COUNTS, "reason": TEXT},
    "refresh": {"expires": TRUE, "ttl": COUNTS},
}
# Of these all fields are there, whatever they say.
WHOLE = {"presence", "presence_stats", "unsubscribe", "disconnect"}


def fields_of(
    fields: Mapping[str, st.SearchStrategy[Any]], *, all_of_them: bool
) -> st.SearchStrategy[dict[str, Any]]:
    """Return what draws an object with these fields, or some of them."""
    if all_of_them:
        return st.fixed_dictionaries(dict(fields))
    return st.fixed_dictionaries({}, optional=dict(fields))


def read_text(frame: Frame) -> Any:
    assert frame.size == len(frame.text.encode())
    return orjson.loads(TEXT_FORM.join([frame]).event["text"])


def read_binary(frame: Frame, *, texts: bool = False) -> Any:
    raw = BINARY_FORM.join([frame]).event["bytes"]
    assert frame.size == len(raw)
    [reply] = replies_of(raw)
    return object_of(reply, texts=texts)


def assert_same(say: Callable[[DataCodec], Frame]) -> Any:
    """Assert that both forms say the same of it, and return that."""
    text, binary = say(TEXT_FORM), say(BINARY_FORM)

    assert read_binary(binary) == read_text(text)
    assert (binary.topic, binary.overflow, binary.offset) == (
        text.topic,
        text.overflow,
        text.offset,
    )
    return read_text(text)


def encoded(name: str, result: Mapping[str, Any], codec: DataCodec) -> dict[str, Any]:
    """Return a result with its publications as the codec makes them."""
    made = dict(result)
    if "publications" in result:
        of: Any = name
        made["publications"] = codec.publications(result["publications"], of=of)
    if "subs" in result:
        subs = result["subs"].items()
        made["subs"] = {topic: encoded("subscribe", each, codec) for topic, each in subs}
    return made


@pytest.mark.parametrize("name", sorted(RESULTS))
@given(data=st.data(), identity=st.integers(1, protocol.MAX_ID))
def test_reply_is_the_same(name: str, data: st.DataObject, identity: int) -> None:
    result = data.draw(fields_of(RESULTS[name], all_of_them=name in WHOLE))

    said = assert_same(lambda codec: codec.reply(identity, name, encoded(name, result, codec)))

    assert said["id"] == identity
    assert said[name].keys() == result.keys()


@pytest.mark.parametrize("kind", sorted(PUSHES))
@given(data=st.data())
def test_push_is_the_same(kind: str, data: st.DataObject) -> None:
    body = data.draw(fields_of(PUSHES[kind], all_of_them=kind in WHOLE))
    topic = data.draw(st.sampled_from(["", TOPIC]))

    said = assert_same(lambda codec: codec.push(kind, body, topic))

    assert said["push"] == {**({"channel": topic} if topic else {}), kind: body}


@given(st.integers(1, 2000), TEXT, st.booleans(), st.integers(1, protocol.MAX_ID))
def test_refusal_is_the_same(code: int, message: str, temporary: bool, identity: int) -> None:  # noqa: FBT001 - drawn for the test
    error = CommandError(code, f"bad request: {message}", temporary=temporary)

    said = assert_same(lambda codec: codec.refusal(identity, error))

    assert said["error"]["code"] == code


@given(PUBLICATIONS)
def test_publication_is_the_same(publication: Publication) -> None:
    said = assert_same(lambda codec: codec.encode(publication, "latest"))

    assert said["push"]["pub"]["data"] == publication.data


@given(st.builds(Change, st.sampled_from(["join", "leave"]), st.just(TOPIC), INFOS))
def test_change_is_the_same(change: Change) -> None:
    def say(codec: DataCodec) -> Frame:
        frame = codec.announce(change, "drop_oldest")
        assert frame is not None
        return frame

    assert assert_same(say)["push"].keys() == {"channel", change.kind}


def test_ping_is_the_same() -> None:
    assert assert_same(lambda codec: codec.ping) == {}


# Topics of which clients get texts and patches


@given(PUBLICATIONS, WORDS, st.booleans())
def test_document_is_the_same(publication: Publication, text: str, patch: bool) -> None:  # noqa: FBT001 - drawn for the test
    json, binary = (
        codec.document(publication, "close", text.encode(), patch=patch)
        for codec in (TEXT_FORM, BINARY_FORM)
    )

    said = read_text(json)
    assert read_binary(binary, texts=True) == said
    assert said["push"]["pub"]["data"] == text
    assert said["push"]["pub"].get("delta", False) is patch


@given(st.lists(st.tuples(PUBLICATIONS, WORDS, st.booleans()), min_size=1, max_size=4))
def test_recovered_documents_are_the_same(parts: Sequence[tuple[Publication, str, bool]]) -> None:
    raw = [(each, text.encode(), patch) for each, text, patch in parts]

    def say(codec: DataCodec) -> Frame:
        return codec.reply(1, "subscribe", {"delta": True, "publications": codec.documents(raw)})

    said = assert_same(say)

    assert [pub["data"] for pub in said["subscribe"]["publications"]] == [
        text for _, text, _ in parts
    ]
