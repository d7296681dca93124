"""What people are told when a command is refused; the protocol's own words are for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime.exceptions import ActionError, CommandError
from realtime.protocol import (
    BAD_REQUEST,
    INTERNAL,
    LIMIT_EXCEEDED,
    METHOD_NOT_FOUND,
    PERMISSION_DENIED,
    TOO_MANY_REQUESTS,
    UNKNOWN_TOPIC,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES: Mapping[int, str] = {
    INTERNAL: "Something went wrong here. Please try again.",
    UNKNOWN_TOPIC: "This page follows something that does not exist any more. Please reload it.",
    PERMISSION_DENIED: "You may not do that.",
    METHOD_NOT_FOUND: "This page asked for something unknown. Please reload it.",
    LIMIT_EXCEEDED: "This page follows too much at once.",
    BAD_REQUEST: "This page sent something that cannot be read. Please reload it and try again.",
    TOO_MANY_REQUESTS: "You are doing that too often. Wait a moment and try again.",
}

# The HTTP status that says the same, where a plain request is refused.
STATUS: Mapping[int, int] = {
    INTERNAL: 500,
    PERMISSION_DENIED: 403,
    METHOD_NOT_FOUND: 404,
    BAD_REQUEST: 400,
}


def sentence_of(error: CommandError) -> str:
    """Return a refusal as a sentence for the person who asked."""
    if isinstance(error, ActionError):  # the action's own words
        return error.message
    return SENTENCES.get(error.code, SENTENCES[INTERNAL])


def for_people(error: CommandError) -> ActionError:
    """Return a refusal as the error of a plain request: a sentence, and an HTTP status as code."""
    if isinstance(error, ActionError):
        return error
    return ActionError(sentence_of(error), code=STATUS.get(error.code, 400))
