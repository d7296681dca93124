"""The document that the app serves, judged by AsyncAPI's own schema."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from realtime import Topic, registry
from realtime.asyncapi import document

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
OFFICIAL = TESTS / "sdk" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    """AsyncAPI's schema of documents."""
    if not OFFICIAL.is_file():
        reason = "AsyncAPI's schema is not installed: run `make sdk`."
        if os.environ.get("CI"):
            pytest.fail(f"{reason} In CI this test must run.", pytrace=False)
        pytest.skip(reason)
    return Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


@pytest.fixture
def made() -> Iterator[dict[str, Any]]:
    """The document of the chat, with the playground and topics of odd names."""
    before = {pattern.text for pattern, _ in registry.catalog}
    runpy.run_path(str(TESTS / "playground" / "topics.py"))
    Topic("$odd-~@:.{one}#{other}", join_leave=True, presence=True, can_publish="staff")
    yield document(host="testserver", secure=True)
    for pattern, _ in list(registry.catalog):
        if pattern.text not in before:
            registry.catalog.remove(pattern)


def test_document_fits_the_official_schema(official: Draft7Validator, made: dict[str, Any]) -> None:
    assert {"topic.play.stream.{name}", "action.chat.send"} <= set(made["channels"])
    assert [error.message for error in official.iter_errors(made)] == []


def test_document_that_is_wrong_would_not_fit(
    official: Draft7Validator, made: dict[str, Any]
) -> None:
    made["channels"]["dataSocket"]["nonsense"] = 1
    made["operations"]["data.connect"]["action"] = "listen"

    assert len(list(official.iter_errors(made))) == 2
