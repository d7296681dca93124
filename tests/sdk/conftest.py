"""Servers that the SDKs' tests share, and a visitor with a browser's cookies."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.server import Kind, Server, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[Kind], Server]]:
    """Return a function that starts a server of each kind when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda kind: stack.enter_context(serve(kind)))


@pytest.fixture(params=["uvicorn", "daphne"])
def server(request: pytest.FixtureRequest, servers: Callable[[Kind], Server]) -> Server:
    """Each kind of server in turn; do not stop it."""
    return servers(request.param)


@pytest.fixture(params=["uvicorn", "daphne"])
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of this test alone, which may stop and start it."""
    with serve(request.param) as server:
        yield server
