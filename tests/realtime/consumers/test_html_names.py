"""The HTML socket and topics whose own names say who may follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime import Topic, registry
from realtime.sentences import SENTENCES
from tests.wire import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.wire import OpenHTML


@pytest.fixture(autouse=True)
def _topics(site: None) -> Iterator[None]:
    template = "wire/publication.html"
    declared = [
        Topic("wire.own#{user}", fragment=template, can_subscribe="anyone"),
        Topic("$wire.private", fragment=template, can_subscribe="anyone"),
    ]
    yield
    for topic in declared:
        registry.catalog.remove(topic.pattern)


async def test_topic_for_another_user_is_refused_although_the_page_names_it(
    open_html: OpenHTML, engine: registry.Engine
) -> None:
    page = await open_html("wire.own#42")

    assert SENTENCES[103] in await page.text()
    assert engine.hub.router.topics == 0


async def test_private_topic_needs_no_token_beyond_that_of_the_page(open_html: OpenHTML) -> None:
    page = await open_html("$wire.private")

    await publish("$wire.private", {"text": "hello"})

    assert "hello" in await page.text()
