"""What holds, and where it came from, without a secret."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from realtime.conf import PROFILE
from realtime.conf.rules import TYPES

if TYPE_CHECKING:
    from pytest_django import Settings

SECRET = "a-secret-that-nobody-may-see"
KEYS = {"one": {"algorithm": "HS256", "key": SECRET}}


def printed(*arguments: str) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("realtime_config", *arguments, stdout=out)
    return out.getvalue()


def parsed() -> dict[str, dict[str, Any]]:
    """Return what the command prints for programs."""
    found: dict[str, dict[str, Any]] = json.loads(printed("--json"))
    return found


def test_every_key_is_printed_with_its_source(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOBY = {"PROFILE": "high_scale", "BATCH_MAX_SIZE": 30}
    monkeypatch.setenv("GOBY_BATCH_MAX_WAIT", "0.004")

    found = parsed()

    assert list(found) == [PROFILE, *TYPES]
    assert found[PROFILE] == {"value": "high_scale", "source": "settings"}
    assert found["BATCH_MAX_SIZE"] == {"value": 30, "source": "settings"}
    assert found["BATCH_MAX_WAIT"] == {"value": 0.004, "source": "environment"}
    assert found["MAX_CONNECTIONS"] == {"value": 5000, "source": "profile"}
    assert found["ALLOWED_ORIGINS"] == {"value": [], "source": "default"}


def test_table_has_a_line_for_each_key(settings: Settings) -> None:
    settings.GOBY = {"PROFILE": "production", "ALLOWED_ORIGINS": ["https://a.example"]}

    lines = printed().splitlines()

    cells = {line.split()[0]: line.split()[1:] for line in lines}
    assert len(lines) == 2 + len(TYPES)
    assert lines[0].split() == ["key", "value", "from"]
    assert cells["PROFILE"] == ['"production"', "settings"]
    assert cells["ALLOWED_ORIGINS"] == ['["https://a.example"]', "settings"]
    assert cells["MAX_MEMORY_MB"] == ["512", "profile"]
    assert len({line.rindex(line.split()[-1]) for line in lines}) == 1


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_secrets_are_counted_and_not_printed(
    arguments: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOBY = {"TOKEN_KEYS": KEYS}
    monkeypatch.setenv("GOBY_API_KEYS", f"{SECRET},worker:{SECRET}")

    assert SECRET not in printed(*arguments)
    assert parsed()["TOKEN_KEYS"] == {"value": "1, not shown", "source": "settings"}
    assert parsed()["API_KEYS"] == {"value": "2, not shown", "source": "environment"}


def test_keys_that_are_not_there_are_shown_as_none(settings: Settings) -> None:
    del settings.GOBY

    assert parsed()["API_KEYS"] == {"value": [], "source": "default"}
    assert parsed()[PROFILE] == {"value": "production", "source": "default"}


def test_wrong_settings_are_told_in_sentences(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GOBY = {"PROFIL": "production"}
    monkeypatch.setenv("GOBY_API_KEYS", SECRET)
    monkeypatch.setenv("GOBY_TOKEN_KEYS", SECRET)

    with pytest.raises(CommandError, match='Did you mean "PROFILE"') as caught:
        printed()
    assert "GOBY_TOKEN_KEYS in the environment must be" in str(caught.value)
    assert SECRET not in str(caught.value)
