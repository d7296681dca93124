"""Every code of the protocol is in the document, with a meaning, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from realtime import protocol
from realtime.asyncapi import codes
from realtime.exceptions import ActionError, ConfigurationError

CONSTANTS = {
    name: value
    for name, value in vars(protocol).items()
    if name.isupper() and not name.startswith("MAX_") and type(value) is int
}


def consts(schema: dict[str, Any]) -> dict[int, str]:
    """Return the codes that a schema names, and their names."""
    return {each["const"]: each["title"] for each in schema["anyOf"] if "const" in each}


def test_every_code_is_named_in_one_of_the_schemas() -> None:
    named = [consts(schema()) for schema in (codes.errors, codes.unsubscribes, codes.closes)]
    together = {**named[0], **named[1], **named[2]}

    assert len(together) == sum(len(each) for each in named)
    assert set(together.values()) == {*CONSTANTS, *codes.ELSEWHERE.values()}
    assert {together[value] for value in CONSTANTS.values()} == set(CONSTANTS)


def test_every_code_has_a_meaning_and_every_meaning_its_code() -> None:
    assert set(codes.MEANINGS) == set(codes.names())


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (codes.errors, [100, 103, 112, 400, 1999], [99, 399, 2000, 3000, "100"]),
        (codes.unsubscribes, [2000, 2500, 2501], [1999, 2499, 3000]),
        (codes.closes, [1009, 1012, 3000, 3501, 4999], [100, 1000, 2500, 5000]),
    ],
)
def test_schema_knows_its_codes_from_others(schema: Any, good: list[Any], bad: list[Any]) -> None:
    validator = Draft7Validator(schema())

    assert [code for code in good if not validator.is_valid(code)] == []
    assert [code for code in bad if validator.is_valid(code)] == []


@pytest.mark.parametrize("code", [codes.OWN_ERRORS.start - 1, codes.OWN_ERRORS.stop])
def test_own_errors_are_those_that_actions_may_choose(code: int) -> None:
    for own in (codes.OWN_ERRORS.start, codes.OWN_ERRORS.stop - 1):
        assert ActionError("No.", code=own).code == own
    with pytest.raises(ConfigurationError, match="reserved"):
        ActionError("No.", code=code)
