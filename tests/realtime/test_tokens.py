"""The page's token: good for one user in one session, for a while."""

from __future__ import annotations

import string

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from realtime.message import Position
from realtime.tokens import (
    SALT,
    ExpiredTokenError,
    ForgedTokenError,
    Page,
    SignedOutError,
    read,
    sign,
)

LOBBY = Position(3, "epoch")
PAGE = Page(topics={"chat.room.lobby": LOBBY, "chat.room.random": None}, user="7", session="digest")


def test_token_says_what_was_signed() -> None:
    topics = read(sign(PAGE), max_age=60, user="7", session="digest")

    assert list(topics.items()) == [("chat.room.lobby", LOBBY), ("chat.room.random", None)]
    again = read(sign(PAGE), max_age=60, user="7", session="digest")
    assert all(one is other for one, other in zip(topics, again, strict=True)), "kept once for all"


positions = st.builds(Position, st.integers(0, 2**63), st.text())


@given(
    st.dictionaries(st.text(), st.none() | positions, max_size=5),
    st.text(min_size=1) | st.just(""),
    st.text(),
)
def test_token_of_any_page_is_read_back_and_fits_into_an_address(
    topics: dict[str, Position | None], user: str, session: str
) -> None:
    token = sign(Page(topics=topics, user=user, session=session))

    assert read(token, max_age=60, user=user, session=session) == topics
    assert set(token) <= set(string.ascii_letters + string.digits + "-_:.")


@pytest.mark.parametrize("session", ["", "started-by-that-very-page"])
def test_token_of_a_page_before_any_session_is_good_in_the_session_that_follows(
    session: str,
) -> None:
    token = sign(Page(topics={"chat.room.lobby": None}, user="", session=""))

    assert read(token, max_age=60, user="", session=session) == {"chat.room.lobby": None}
    with pytest.raises(ForgedTokenError):
        read(token, max_age=60, user="7", session=session)


@pytest.mark.parametrize(
    ("user", "session"), [("8", "digest"), ("8", ""), ("7", "other"), ("7", "")]
)
def test_token_is_of_no_use_to_somebody_else(user: str, session: str) -> None:
    with pytest.raises(ForgedTokenError):
        read(sign(PAGE), max_age=60, user=user, session=session)


@pytest.mark.parametrize("session", ["digest", "", "that-of-the-guest"])
def test_token_of_a_user_tells_a_guest_that_he_is_signed_out(session: str) -> None:
    with pytest.raises(SignedOutError):
        read(sign(PAGE), max_age=60, user="", session=session)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a:b:c",
        "\x00",
        "ü" * 40,
        signing.dumps([["a"], "7", "digest"], salt="another"),
        signing.dumps([["a"], "7", "digest"], salt=SALT, key="another"),
    ],
)
def test_token_that_this_site_did_not_sign_is_forged(token: str) -> None:
    with pytest.raises(ForgedTokenError):
        read(token, max_age=60, user="7", session="digest")


def test_changed_token_is_forged() -> None:
    token = sign(PAGE)

    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        # The last character of base64 may carry bits that nobody reads.
        if index < len(token) - 1:
            with pytest.raises(ForgedTokenError):
                read(changed, max_age=60, user="7", session="digest")


def test_token_expires_by_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("django.core.signing.time.time", lambda: now)
    token = sign(PAGE)

    now += 59
    assert read(token, max_age=60, user="7", session="digest")
    now += 2
    with pytest.raises(ExpiredTokenError):
        read(token, max_age=60, user="7", session="digest")
