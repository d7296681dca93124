"""Patches: what there is one of, and who is sent it instead of the whole text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.codecs import DeltaCodec, JSONCodec
from realtime.codecs import delta as module
from realtime.codecs.delta import DeltaFollower, Versions
from realtime.message import Change, ClientInfo, Publication
from tests.realtime.codecs.documents import TOPIC, publication
from tests.realtime.codecs.patches import (
    TABLE,
    Client,
    Document,
    in_both_forms,
    pushed,
    recovered,
)
from tests.realtime.rooms import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime.codecs import DataCodec

# What one of a patch's topics was before, and a little later.
BEFORE = TABLE
AFTER = [*TABLE[:-1], {**TABLE[-1], "price": 2.5}]


def whole_and_patch(codec: DeltaCodec, *publications: Publication) -> Iterator[tuple[Any, Any]]:
    """Encode publications; yield each as a text and as a patch, or None without one."""
    for each in publications:
        versions = codec.encode(each, "close")
        patch = None if versions.patch is None else pushed(JSONCodec(), versions.patch)
        yield pushed(JSONCodec(), versions.whole), patch


# Who gets a patch


@in_both_forms
def test_first_publication_is_a_text_and_what_changed_comes_as_a_patch(form: DataCodec) -> None:
    codec, early, late = DeltaCodec(form), Client(form), Client(form)

    early.follower.put(codec.encode(publication(BEFORE, offset=7), "close"))
    second = codec.encode(publication(AFTER, offset=8), "close")
    for client in (early, late):
        client.follower.put(second)

    assert ["delta" in pub for pub in early.pubs] == [False, True]
    assert ["delta" in pub for pub in late.pubs] == [False]
    assert early.document == Document(orjson.dumps(AFTER).decode(), patches=1)
    assert len(early.pubs[1]["data"]) < len(late.pubs[0]["data"]) / 10


@in_both_forms
def test_follower_that_recovered_goes_on_with_patches(form: DataCodec) -> None:
    codec, other, client = DeltaCodec(form), Client(form), Client(form)
    *missed, live = (publication([*BEFORE, "x" * number], offset=number) for number in range(4, 8))
    for each in missed:
        other.follower.put(codec.encode(each, "close"))

    pubs = recovered(form, codec.publications(missed, of="subscribe"))
    for pub, each in zip(pubs, missed, strict=True):
        client.document.take(pub)
        assert client.document.text == each.json.decode()
    client.follower.known = 6
    client.follower.put(codec.encode(live, "close"))

    assert ["delta" in pub for pub in [*pubs, *client.pubs]] == [False, True, True, True]
    assert client.document.text == live.json.decode()


@pytest.mark.parametrize("known", [0, 1, 3, 9])
def test_follower_without_the_publication_before_gets_the_text(known: int) -> None:
    codec, client = DeltaCodec(JSONCodec()), Client(JSONCodec())
    client.follower.known = known
    frames = [codec.encode(publication(BEFORE, offset=offset), "close") for offset in (2, 3)]
    assert frames[-1].patch is not None

    client.follower.put(frames[-1])

    assert "delta" not in client.pubs[0]
    assert client.follower.known == 3


def test_nothing_missed_is_nothing() -> None:
    assert DeltaCodec(JSONCodec()).publications([], of="subscribe").raw == b"[]"


def test_follower_passes_on_what_is_no_publication() -> None:
    outbox: Any = Reader()
    follower = DeltaFollower(outbox, known=3)
    change = Change("join", TOPIC, ClientInfo(user="", client="c"))
    frame = DeltaCodec(JSONCodec()).announce(change, "close")

    assert frame is not None
    follower.put(frame)
    follower.lost(TOPIC)

    assert outbox.frames == [frame]
    assert frame.text == f'{{"push":{{"channel":"{TOPIC}","join":{{"info":{{"client":"c"}}}}}}}}'
    assert (follower.known, outbox.missed) == (3, [TOPIC])


# What there is a patch of


def test_patch_is_of_the_publication_just_before() -> None:
    codec = DeltaCodec(JSONCodec())
    several = [publication(data, offset=place) for place, data in [(1, BEFORE), (2, AFTER)]]

    [(first, no_patch), (second, patch)] = whole_and_patch(codec, *several)

    assert (first["data"], no_patch) == (orjson.dumps(BEFORE).decode(), None)
    assert (second["data"], second.get("delta")) == (orjson.dumps(AFTER).decode(), None)
    assert patch["delta"] is True


@pytest.mark.parametrize(
    ("before", "offset"),
    [
        (publication(BEFORE, offset=1), 3),
        (publication(BEFORE, offset=2), 2),
        (publication(BEFORE, offset=2, epoch="another"), 3),
        (publication(BEFORE, offset=0), 1),
        (Publication("another.topic", BEFORE, orjson.dumps(BEFORE), 2, "e"), 3),
    ],
    ids=["a hole", "the same", "another epoch", "no offset", "another topic"],
)
def test_there_is_no_patch_of_anything_else(before: Publication, offset: int) -> None:
    codec = DeltaCodec(JSONCodec())

    [_, (whole, patch)] = whole_and_patch(codec, before, publication(AFTER, offset=offset))

    assert (whole["data"], patch) == (orjson.dumps(AFTER).decode(), None)


def test_publication_without_an_offset_comes_between() -> None:
    codec = DeltaCodec(JSONCodec())
    several = [
        publication(BEFORE, offset=1),
        publication("not kept"),
        publication(AFTER, offset=2),
        publication(BEFORE, offset=3),
    ]

    patches = [patch for _, patch in whole_and_patch(codec, *several)]

    assert [patch is not None for patch in patches] == [False, False, False, True]


@pytest.mark.parametrize("data", [1, "short", {"a": 1}])
def test_patch_that_is_no_smaller_is_not_made(data: object) -> None:
    codec = DeltaCodec(JSONCodec())

    [_, (_, patch)] = whole_and_patch(codec, *(publication(data, offset=n) for n in (1, 2)))

    assert patch is None


@pytest.mark.parametrize(
    "patch", [lambda _, after: after, lambda *_: "ü".encode()[:1]], ids=["no smaller", "cut"]
)
def test_patch_that_is_of_no_use_is_not_made(patch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "delta", patch)
    codec = DeltaCodec(JSONCodec())
    several = [publication("ü" * 20, offset=1), publication("ü" * 21, offset=2)]

    assert [patch for _, patch in whole_and_patch(codec, *several)] == [None, None]
    pubs = recovered(JSONCodec(), codec.publications(several, of="subscribe"))
    assert [pub["data"] for pub in pubs] == [each.json.decode() for each in several]


@in_both_forms
def test_characters_of_several_bytes_stay_whole(form: DataCodec) -> None:
    client, codec = Client(form), DeltaCodec(form)
    # They share their first bytes, so what changed begins in the middle of a character.
    texts = ["日本" * 20 + letter + "語" * 20 for letter in "üýþÿäö日旦旧"]

    for offset, text in enumerate(texts, 1):
        client.follower.put(codec.encode(publication(text, offset=offset), "close"))
        assert orjson.loads(client.document.text) == text

    assert client.document.patches == len(texts) - 1


def test_frame_has_the_size_of_the_text_for_which_there_must_be_room() -> None:
    codec = DeltaCodec(JSONCodec())

    made = [codec.encode(publication(BEFORE, offset=offset), "close") for offset in (1, 2)]

    for versions in made:
        assert isinstance(versions, Versions)
        assert versions.size == versions.whole.size
        assert (versions.topic, versions.overflow) == (TOPIC, "close")
    assert [versions.offset for versions in made] == [1, 2]
    assert made[1].patch is not None
    assert made[1].patch.size < made[1].size


# What is kept


def test_so_many_topics_are_kept_the_least_recently_used_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    codec = DeltaCodec(JSONCodec())

    def patched(topic: str, offset: int) -> bool:
        made = Publication(topic, None, orjson.dumps(BEFORE), offset, "e")
        return codec.encode(made, "close").patch is not None

    assert [patched(topic, 1) for topic in "abc"] == [False, False, False]
    assert [patched(topic, 2) for topic in "bca"] == [True, True, False]
    assert patched("c", 3)
    assert not patched("b", 3)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 80)), max_size=30))
def test_so_many_bytes_are_kept(published: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "KEPT", 3)
        patch.setattr(module, "KEPT_BYTES", 100)
        codec = DeltaCodec(JSONCodec())
        for offset, (topic, size) in enumerate(published):
            codec.encode(Publication(topic, "", orjson.dumps("x" * size), offset, "e"), "close")

            kept = codec._previous
            assert kept.size == sum(len(each.json) for each in kept.kept.values()) <= 100
            assert len(kept.kept) <= 3
