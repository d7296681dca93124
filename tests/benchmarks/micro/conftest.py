"""What the microbenchmarks work on: rooms of the engine, without a socket or a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime.catalog import Catalog, Options
from realtime.codecs import JSONCodec, ProtobufCodec
from realtime.codecs.html import HTMLCodec
from realtime.hub import Hub
from realtime.instrumentation import Instrumentation
from realtime.router import Pattern
from realtime.subscribers import Subscribers

if TYPE_CHECKING:
    from pytest_django import Settings

TEMPLATE = (
    '<li id="message-{{ publication.offset }}" hx-swap-oob="beforeend:#log">'
    "<b>{{ author }}</b> {{ text }}</li>"
)


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    """The guide's topics, whose fragments are rendered from one template."""
    templates: dict[str, Any] = {"micro/message.html": TEMPLATE}
    options = {"loaders": [("django.template.loaders.locmem.Loader", templates)]}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": False, "OPTIONS": options}]
    catalog = Catalog()
    for topic in ("chat.messages", "presence.updates"):
        catalog.add(Pattern(topic), Options(fragment="micro/message.html"))
    return catalog


@pytest.fixture
def hub(catalog: Catalog) -> Hub:
    """A hub that speaks all three forms, and nobody there yet."""
    counters = Instrumentation()
    return Hub(
        codecs=[JSONCodec(), ProtobufCodec(), HTMLCodec(catalog)],
        catalog=catalog,
        subscribers=Subscribers(instrumentation=counters),
        instrumentation=counters,
        noted=lambda: None,
    )
