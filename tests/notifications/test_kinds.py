"""Declaring kinds."""

from __future__ import annotations

import pytest

from notifications import Kind, kinds
from realtime.exceptions import ConfigurationError
from tests.notifications.conftest import KIND


def test_kind_is_found_by_its_name() -> None:
    declared = Kind("testing.other", label="Something else", default=False)

    assert kinds.find("testing.other") is declared
    assert str(declared) == "testing.other"
    assert kinds.find("testing.nothing") is None


def test_kinds_are_sorted_by_their_labels() -> None:
    Kind("testing.first", label="A first one")

    labels = [kind.label for kind in kinds.declared()]

    assert labels == sorted(labels)
    assert labels[0] == "A first one"


def test_kind_that_is_declared_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="declared twice"):
        Kind(KIND, label="Again")


@pytest.mark.parametrize("name", ["", "mention", "Chat.mention", "chat.", "chat mention", "a.b\n"])
def test_kind_with_a_name_that_fits_nowhere_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot name a kind"):
        Kind(name, label="No")


def test_kind_with_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="at most 100 characters"):
        Kind(f"chat.{'x' * 100}", label="No")
