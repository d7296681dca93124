"""Errors are told apart by their type, and carry what a client is told."""

from __future__ import annotations

import pytest

from realtime import exceptions
from realtime.exceptions import (
    ActionError,
    CommandError,
    ConfigurationError,
    ProtocolError,
    RealtimeError,
)


def test_errors_have_one_root() -> None:
    found = [thing for thing in vars(exceptions).values() if isinstance(thing, type)]

    assert len(found) > 5
    assert all(issubclass(error, RealtimeError) for error in found)


def test_protocol_error_carries_code_and_reason() -> None:
    error = ProtocolError(3501, "bad request")

    assert (error.code, error.reason, str(error)) == (3501, "bad request", "bad request")


def test_command_error_is_final_unless_it_is_temporary() -> None:
    error = CommandError(103, "permission denied")

    assert (error.code, error.message, error.temporary) == (103, "permission denied", False)
    assert CommandError(100, "internal", temporary=True).temporary


def test_action_error_is_a_command_error_of_the_site() -> None:
    error = ActionError("This room is closed.")

    assert isinstance(error, CommandError)
    assert (error.code, error.message, error.temporary) == (400, "This room is closed.", False)


@pytest.mark.parametrize("code", [400, 1999])
def test_action_error_takes_codes_of_the_site(code: int) -> None:
    assert ActionError("No.", code=code).code == code


@pytest.mark.parametrize("code", [0, 100, 399, 2000, 3500])
def test_action_error_refuses_codes_of_the_protocol(code: int) -> None:
    with pytest.raises(ConfigurationError, match="Choose one between 400 and 1999"):
        ActionError("No.", code=code)
