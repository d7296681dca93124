"""On what the site is tried: each server with the htmx that comes along, and one with the older."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.server import serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from tests.server import Kind, Server

Site = Literal["uvicorn", "daphne", "playground", "playground-daphne", "htmx-2"]

NODE_MODULES = Path(__file__).resolve().parents[1] / "sdk" / "node_modules"
# These have the tests' own actions as well.
SETTINGS: Mapping[Site, str] = {
    "playground": "tests.playground.settings.production",
    "playground-daphne": "tests.playground.settings.development",
    "htmx-2": "tests.playground.settings.htmx_2.production",
}


def on(*sites: Site) -> pytest.MarkDecorator:
    """Try a test on these sites. Without this mark it is tried on uvicorn and on daphne."""
    return pytest.mark.parametrize("long_lived_server", sites, indirect=True)


# For what depends on htmx.
on_both_htmx = on("uvicorn", "daphne", "htmx-2")


def serve_site(site: Site) -> AbstractContextManager[Server]:
    """Serve the site, until the block ends."""
    if site == "uvicorn" or site == "daphne":
        return serve(site)
    if site == "htmx-2":
        require_htmx_2()
    kind: Kind = "daphne" if site == "playground-daphne" else "uvicorn"
    return serve(kind, environment={"DJANGO_SETTINGS_MODULE": SETTINGS[site]})


def require_htmx_2() -> None:
    """Skip the test where the older htmx is not installed; in CI fail it."""
    if (NODE_MODULES / "htmx-ext-ws").is_dir():
        return
    reason = "htmx 2 is not installed: run `make sdk`."
    if os.environ.get("CI"):
        pytest.fail(f"{reason} In CI these tests must run.", pytrace=False)
    pytest.skip(reason)
