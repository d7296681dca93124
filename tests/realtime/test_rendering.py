"""Functions that make HTML: where they run, and what they may return."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from realtime.rendering import arendered, in_thread, rendered


def test_html_stays_and_plain_text_is_escaped() -> None:
    assert rendered(lambda: format_html("<b>{}</b>", "&")) == "<b>&amp;</b>"
    assert rendered(lambda: "<script>") == "&lt;script&gt;"
    assert type(rendered(lambda: "")) is SafeString


@pytest.mark.parametrize("html", [None, b"<b>", 7])
async def test_what_is_no_text_is_refused(html: object) -> None:
    render = cast("Any", lambda: html)

    with pytest.raises(TypeError, match=f"returned {type(html).__name__}"):
        rendered(render)
    with pytest.raises(TypeError, match=f"returned {type(html).__name__}"):
        await arendered(render)


async def test_coroutine_function_is_awaited_on_the_loop() -> None:
    async def render() -> str:
        return threading.current_thread().name

    assert await arendered(render) == threading.current_thread().name


async def test_function_runs_in_a_thread_of_its_own() -> None:
    html = await arendered(lambda: threading.current_thread().name)

    assert html.startswith("goby-fragments")


async def test_coroutine_that_a_function_returns_is_awaited() -> None:
    async def render() -> str:
        return "<b>"

    assert await arendered(lambda: render()) == "&lt;b&gt;"


def test_end_of_an_iteration_is_an_error_like_others() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        rendered(lambda: next(iter([])))


async def test_end_of_an_iteration_does_not_hang_a_coroutine() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await arendered(lambda: next(iter([])))


async def test_thread_is_given_its_arguments() -> None:
    assert await in_thread(max, 1, 2) == 2
