"""The secret key is made once, for its owner's eyes only, and read ever after."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from goby_project import secret_key

if TYPE_CHECKING:
    from pathlib import Path


def test_key_is_made_on_first_use_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"

    first = secret_key.read_or_create(path)

    assert len(first) >= 50
    assert secret_key.read_or_create(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path], "a draft was left behind"


def test_key_is_the_same_for_all_who_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key.read_or_create, [path] * 32))

    assert keys == {path.read_text()}


def test_key_of_another_process_wins_when_it_was_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret_key"

    def late() -> str:
        path.write_text("theirs")
        return "ours"

    monkeypatch.setattr(secret_key, "get_random_secret_key", late)

    assert secret_key.read_or_create(path) == "theirs"


def test_empty_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("\n")

    with pytest.raises(ImproperlyConfigured, match=r"is empty\. Delete it .* GOBY_SECRET_KEY"):
        secret_key.read_or_create(path)


def test_unwritable_place_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a directory is due")

    with pytest.raises(ImproperlyConfigured, match=r"out of reach .* Set GOBY_SECRET_KEY"):
        secret_key.read_or_create(tmp_path / "var" / "secret_key")
