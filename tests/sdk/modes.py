"""The modes in which the tests run: each SDK, where it runs, and each form of the protocol."""

from __future__ import annotations

import pytest

from tests.sdk.program import Mode

MARKS = {"node": [pytest.mark.node], "chromium": [pytest.mark.browser]}
MODES = [Mode(sdk, form) for sdk in ("python", "node", "chromium") for form in ("json", "protobuf")]


def parameters(modes: list[Mode]) -> list[object]:
    """Return modes as parameters of tests, with their names and marks."""
    return [pytest.param(mode, id=str(mode), marks=MARKS.get(mode.sdk, [])) for mode in modes]


ALL = parameters(MODES)
JAVASCRIPT = parameters([mode for mode in MODES if mode.sdk != "python"])
