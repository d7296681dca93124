"""How an author looks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat.templatetags.chat import hue, initial


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_hue_is_one_of_eight_and_always_the_same(name: str) -> None:
    assert hue(name) == hue(name)
    assert hue(name) in range(8)


def test_initial_of_a_guest_is_that_of_the_animal() -> None:
    assert initial("guest-otter-4821") == "O"
    assert initial("mira") == "M"
    assert initial("") == ""
