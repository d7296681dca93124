"""The document's tests use the site of the sockets' tests."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.asyncapi import document
from tests.realtime.consumers.conftest import engine, goby, open_data, open_html, site

__all__ = ["engine", "goby", "open_data", "open_html", "site"]


@pytest.fixture
def made(site: None) -> dict[str, Any]:
    """The document of the site under test."""
    return document(host="testserver", secure=False)
