"""Connections that could not be made are counted by names that people understand."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace
from typing import cast

import pytest
from picows import WSHandshakeError, WSUpgradeResponse

from loadtest.crowd import problem_of

REFUSAL = cast("WSUpgradeResponse", SimpleNamespace(status=HTTPStatus.FORBIDDEN))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (WSHandshakeError("no", response=REFUSAL), "handshake refused with HTTP 403"),
        (WSHandshakeError("no"), "no connection (WSHandshakeError)"),
        (TimeoutError(), "no answer within 30 s"),
        (ConnectionRefusedError(), "connection refused"),
        (ConnectionResetError(), "no connection (ConnectionResetError)"),
    ],
)
def test_problem_of_a_handshake_has_a_name(error: Exception, name: str) -> None:
    assert problem_of(error) == name
