"""What people are told when a command is refused."""

from __future__ import annotations

import pytest

from realtime.exceptions import ActionError, CommandError
from realtime.protocol import BAD_REQUEST, METHOD_NOT_FOUND, PERMISSION_DENIED
from realtime.sentences import SENTENCES, for_people, sentence_of


@pytest.mark.parametrize("code", SENTENCES)
def test_sentence_of_a_protocol_error_does_not_speak_the_protocol(code: int) -> None:
    assert sentence_of(CommandError(code, "bad request: x must be a number")) == SENTENCES[code]


def test_sentence_of_an_action_error_is_the_actions_own() -> None:
    assert sentence_of(ActionError("The room is full.", code=409)) == "The room is full."


def test_sentence_of_an_unknown_code_tells_nothing_of_what_went_wrong() -> None:
    assert (
        sentence_of(CommandError(999, "internals"))
        == "Something went wrong here. Please try again."
    )


@pytest.mark.parametrize(
    ("code", "status"), [(PERMISSION_DENIED, 403), (METHOD_NOT_FOUND, 404), (BAD_REQUEST, 400)]
)
def test_error_for_people_has_the_http_status_that_says_the_same(code: int, status: int) -> None:
    error = for_people(CommandError(code, "for programs"))

    assert (error.code, error.message) == (status, SENTENCES[code])


def test_error_for_people_leaves_an_action_error_alone() -> None:
    error = ActionError("The room is full.", code=409)

    assert for_people(error) is error
