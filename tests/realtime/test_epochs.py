"""Epochs: stable as long as a life lasts, never used again, and nothing remembered of a topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import epochs as module
from realtime.epochs import GENERATIONS, Epochs

TOPICS = [f"t.{number}" for number in range(6)]


@given(ended=st.lists(st.sampled_from(TOPICS), max_size=30))
def test_epoch_is_new_after_each_end_and_stays_until_then(ended: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "GENERATIONS", 3)
        epochs = Epochs()
        used = {topic: [epochs.of(topic)] for topic in TOPICS}
        for topic in ended:
            epochs.end(topic)

            for each, before in used.items():
                found = epochs.of(each)
                shares = hash(each) % 3 == hash(topic) % 3
                if shares:
                    assert found not in before
                    before.append(found)
                assert found == before[-1] == epochs.of(each)
        every = [epoch for before in used.values() for epoch in before]
        assert len(set(every)) == len(every)


def test_epochs_of_two_stores_differ() -> None:
    assert Epochs().of("t") != Epochs().of("t")


def test_end_of_a_topic_is_noticed_by_hardly_another() -> None:
    epochs = Epochs()
    others = [f"other.{number}" for number in range(1000)]
    before = [epochs.of(each) for each in others]

    epochs.end("t")

    changed = sum(epochs.of(each) != was for each, was in zip(others, before, strict=True))
    assert changed <= 10
    assert GENERATIONS >= 1000
