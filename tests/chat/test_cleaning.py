"""What a text becomes before it is stored."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cleaning import MAX_LENGTH, clean_name, clean_text, mixes_alphabets, one_line
from realtime import ActionError


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  hello \n", "hello"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb", "a\tb"),
        ("nul\x00 bell\x07 escape\x1b[31m delete\x7f", "nul bell escape[31m delete"),
        ("next line\x85 and csi\x9b", "next line and csi"),
        ("half a pair \ud83d", "half a pair"),
        ("<b>bold</b> & co", "<b>bold</b> & co"),
        ("family 👩‍👧", "family 👩‍👧"),
        ("over\u202eride", "override"),
        ("\u2066isolated\u2069 \u200fmark", "isolated mark"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\u200cb\u200dc", "a\u200cb\u200dc"),
    ],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(
    "text", ["", "  \n\t ", "\x00\x1b", "\u200b\u200d", "\u00a0\u2003", "\u2800\ufe0f"]
)
def test_text_without_anything_to_see_is_refused(text: str) -> None:
    with pytest.raises(ActionError, match=r"^Write something first\.$"):
        clean_text(text)


def test_text_of_the_longest_length_is_taken() -> None:
    assert len(clean_text(f" {'x' * MAX_LENGTH} ")) == MAX_LENGTH


def test_text_that_is_too_long_is_refused_with_the_limit_and_its_length() -> None:
    with pytest.raises(ActionError, match="at most 4000 characters, and this one has 10000"):
        clean_text("x" * 10_000)


@given(st.text(max_size=200) | st.text(st.characters(max_codepoint=0x9F), max_size=50))
def test_cleaned_text_is_safe_to_store_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except ActionError:
        return
    assert cleaned == cleaned.strip() != ""
    assert clean_text(cleaned) == cleaned
    assert not [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    cleaned.encode()


@pytest.mark.parametrize(
    ("text", "line"), [(" a\n\tb  c ", "a b c"), ("\u200d", ""), ("", ""), ("\u202ea", "a")]
)
def test_line_has_no_ends_and_something_to_see(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  The\u202e\n lobby\u200b ", "The lobby"),
        ("Lob\u200dby", "Lobby"),
        ("Lobby\ufe0f \u2800", "Lobby"),
        ("\u200dLobby\U000e0041", "Lobby"),
        ("\u043c\u200c\u0438\u0440", "\u043c\u0438\u0440"),
        ("\u3164", ""),
        ("a \U0001f469\u200d\U0001f467", "a \U0001f469\u200d\U0001f467"),
        ("\U0001f469\u200d b", "\U0001f469 b"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
def test_name_keeps_what_is_written_with_joiners_and_nothing_else_unseen(
    text: str, name: str
) -> None:
    assert clean_name(text) == name
    assert clean_name(name) == name


@pytest.mark.parametrize("word", ["L\u043ebby", "\u0391nna", "\u03b1\u0430"])
def test_word_of_alphabets_that_look_alike_is_told(word: str) -> None:
    assert mixes_alphabets(word)


@pytest.mark.parametrize(
    "word", ["", "Lobby-7", "\u041c\u0438\u0440", "caf\u00e9", "\u6771\u4eac-tokyo", "\x00"]
)
def test_word_of_one_alphabet_is_not(word: str) -> None:
    assert not mixes_alphabets(word)
