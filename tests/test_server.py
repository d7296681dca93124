"""The servers that tests start: they answer, they are alone, and they die."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.server import serve


def test_server_answers_and_ends_with_its_block() -> None:
    with serve("uvicorn") as server:
        with urllib.request.urlopen(server.url, timeout=10) as response:  # noqa: S310 - http
            assert response.status == 200
        process = server.process
        assert process is not None
        assert process.poll() is None

    assert process.poll() is not None
    assert not server.directory.exists()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(server.url, timeout=10)  # noqa: S310 - http


def test_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(RuntimeError, match="No module named 'nowhere'"),
        serve("daphne", environment={"DJANGO_SETTINGS_MODULE": "nowhere"}),
    ):
        pytest.fail("It started.")
