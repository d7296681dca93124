"""A publication is encoded once and rendered at most once, however many follow its topic."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from realtime.message import ClientInfo
from tests.realtime.rooms import TOPIC, Site


class Costs:
    """How often JSON was encoded and a template rendered."""

    def __init__(self) -> None:
        self.encoded: list[Any] = []
        self.rendered = 0

    def dumps(self, value: Any) -> bytes:
        self.encoded.append(value)
        return orjson.dumps(value)

    def render(self, template: str, context: dict[str, Any]) -> str:
        self.rendered += 1
        return f'<p id="x">{context["text"]}</p>'


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Count all that encodes or renders on a publication's way."""
    costs = Costs()
    counting = SimpleNamespace(dumps=costs.dumps, loads=orjson.loads)
    monkeypatch.setattr("realtime.pubsub.orjson", counting)
    monkeypatch.setattr("realtime.codecs.json.orjson", counting)
    monkeypatch.setattr("realtime.codecs.html.render_to_string", costs.render)
    return costs


@pytest.mark.parametrize("pages", [0, 1, 10, 500])
@pytest.mark.parametrize("programs", [0, 1, 10, 500])
async def test_publication_is_encoded_once_and_rendered_once(
    site: Site, costs: Costs, programs: int, pages: int
) -> None:
    readers = site.crowd(programs) + site.crowd(pages, "html")

    await site.pubsub.apublish(site.draft({"text": "hi"}))

    assert costs.encoded == [{"text": "hi"}]
    assert costs.rendered == (1 if pages else 0)
    assert all(len(reader.frames) == 1 for reader in readers)
    assert site.counters.delivered == programs + pages


@pytest.mark.parametrize("programs", [1, 10, 500])
async def test_data_is_encoded_once_also_where_the_publisher_is_told(
    site: Site, costs: Costs, programs: int
) -> None:
    site.crowd(programs)
    info = ClientInfo(user="1", client="c")

    await site.pubsub.apublish(site.pubsub.draft(TOPIC, {"text": "hi"}, info=info))

    assert costs.encoded == [{"text": "hi"}, {"user": "1", "client": "c"}]


async def test_repeated_publication_is_not_rendered_again(site: Site, costs: Costs) -> None:
    site.crowd(3, "html")

    for _ in range(3):
        await site.pubsub.apublish(site.draft({"text": "hi"}, id="x"))

    assert costs.rendered == 1


def test_draft_holds_little_more_than_its_text(idle_site: Site) -> None:
    idle_site.draft({"text": "first"})
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        drafts = [idle_site.draft({"text": f"{number:0128}"}) for number in range(100)]
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert held / len(drafts) < 1_024  # a history keeps thousands of them
