"""Answers for those who come back: kept for a while, and bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import answers as module
from realtime.answers import Answers, Question, Recovered
from realtime.codecs.base import Encoded
from realtime.message import Position


def test_answer_is_given_until_its_time_is_over() -> None:
    answers, question = Answers(), Question("t", Position(1, "e"), "json")
    answer = Recovered(recovered=True, publications=None, top=Position(1, "e"))
    answers.add(question, answer, until=10)

    assert (answers.get(question, 9.9), answers.get(question, 10)) == (answer, None)
    assert answers.get(Question("t", Position(1, "e"), "protobuf"), 9) is None
    assert (answer.size, len(answers)) == (0, 1)


@given(
    sizes=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 60)), max_size=40
    )
)
def test_answers_are_bounded_in_number_and_bytes(sizes: list[tuple[str, int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CACHE_SIZE", 5)
        patch.setattr(module, "CACHE_BYTES", 100)
        answers, latest = Answers(), {}
        for topic, offset, size in sizes:
            encoded = Encoded(b"x" * size) if size else None
            top = Position(offset, "e")
            answer = Recovered(recovered=True, publications=encoded, top=top)
            question = Question(topic, top, "json")
            answers.add(question, answer, 10)
            latest[question] = answer

            found = {each: kept for each in latest if (kept := answers.get(each, 9)) is not None}
            assert found[question] is answer
            assert found.items() <= latest.items()
            assert len(found) == len(answers) <= 5
            assert answers.size == sum(each.size for each in found.values()) <= 100
        for topic in "ab":
            answers.forget(topic)
        assert (len(answers), answers.size) == (0, 0)
