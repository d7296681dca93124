"""The fragment cache as apps use it: templates, keys, forgetting, and what must not leak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.utils import translation
from django.utils.safestring import SafeString

from realtime import (
    aforget,
    afragment,
    aget_or_render,
    forget,
    fragment,
    get_or_render,
    registry,
    render_many,
)
from realtime.exceptions import BlockingCallError
from tests.realtime.caches import REMOTE, Server, fresh_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

TEMPLATES = {
    "offer.html": "<b>{{ name }}</b>",
    "other.html": "<i>{{ name }}</i>",
    "price.html": "{{ price|floatformat:2 }}",
    "form.html": "{% csrf_token %}{{ request.path }}{{ user }}",
}
LOADER = ("django.template.loaders.locmem.Loader", TEMPLATES)


@pytest.fixture(autouse=True)
def templates(settings: Settings) -> None:
    """Templates that exist for one test."""
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [LOADER]},
        }
    ]


@pytest.fixture(autouse=True)
def engine() -> Iterator[registry.Engine]:
    """An engine of this test alone, with its own counters."""
    registry.reset()
    yield registry.engine()
    registry.reset()


def offer(name: str, key: str = "offer:1", **options: Any) -> SafeString:
    return fragment("offer.html", {"name": name}, key=key, **options)


def test_function_is_called_once_for_its_key(engine: registry.Engine) -> None:
    names = iter("ab")

    assert [get_or_render("key", lambda: next(names)) for _ in range(3)] == ["a"] * 3
    assert get_or_render("other", lambda: next(names)) == "b"
    assert engine.instrumentation.fragment_hits == 2


async def test_coroutine_shares_what_a_thread_made() -> None:
    get_or_render("key", lambda: "a")

    assert await aget_or_render("key", lambda: "b") == "a"


async def test_coroutine_function_is_awaited() -> None:
    async def render() -> str:
        return SafeString("<b>")

    assert await aget_or_render("key", render) == "<b>"


def test_template_is_rendered_once_for_its_key() -> None:
    assert [offer("a"), offer("b"), offer("c", "offer:2")] == ["<b>a</b>", "<b>a</b>", "<b>c</b>"]
    assert type(offer("a")) is SafeString


def test_what_a_person_wrote_is_escaped() -> None:
    assert offer("<script>") == "<b>&lt;script&gt;</b>"
    assert offer("<script>") == "<b>&lt;script&gt;</b>"


async def test_template_for_a_coroutine_is_the_same_fragment() -> None:
    assert await afragment("offer.html", {"name": "a"}, key="offer:1") == "<b>a</b>"
    assert offer("b") == "<b>a</b>"


async def test_coroutine_may_vary_and_choose_its_time(settings: Settings) -> None:
    settings.CACHES = REMOTE
    server = fresh_server()
    context = {"name": "a"}

    await afragment("offer.html", context, key="offer:1", ttl=3, vary_on=["x"])
    await afragment("offer.html", context, key="offer:1", ttl=4, vary_on=["y"])

    assert sorted(value for value in server.timeouts.values() if value is not None) == [3, 4]


def test_two_templates_do_not_share_a_key() -> None:
    assert offer("a") == "<b>a</b>"
    assert fragment("other.html", {"name": "a"}, key="offer:1") == "<i>a</i>"


def test_another_version_of_the_template_is_rendered_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offer("a") == "<b>a</b>"
    monkeypatch.setitem(TEMPLATES, "offer.html", "<u>{{ name }}</u>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0]}]  # as after a deployment

    assert offer("a") == "<u>a</u>"


def test_each_language_has_its_own(settings: Settings) -> None:
    found = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            found.append(fragment("price.html", {"price": 1.5}, key="price"))

    assert found == ["1.50", "1,50", "1.50"]


def test_each_variant_has_its_own() -> None:
    assert offer("a", vary_on=[1]) == "<b>a</b>"
    assert offer("b", vary_on=[2]) == "<b>b</b>"
    assert offer("c", vary_on=[1]) == "<b>a</b>"


def test_nothing_of_the_request_is_in_a_fragment() -> None:
    assert fragment("form.html", {}, key="form") == ""


def test_fragment_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="would be the same for all"):
        offer("a", "")


def test_template_that_is_missing_is_an_error() -> None:
    with pytest.raises(TemplateDoesNotExist):
        fragment("missing.html", {}, key="a")


def test_many_are_rendered_each_with_its_own(engine: registry.Engine) -> None:
    contexts = [{"name": name} for name in "abc"]
    keys = ["offer:1", "offer:2", "offer:3"]
    offer("kept", "offer:2")

    assert render_many("offer.html", contexts, keys) == ["<b>a</b>", "<b>kept</b>", "<b>c</b>"]
    assert engine.instrumentation.fragment_misses == 3


def test_many_need_as_many_keys() -> None:
    with pytest.raises(ValueError, match="shorter"):
        render_many("offer.html", [{}, {}], ["offer:1"])


def test_templates_of_another_engine_are_known_by_name(settings: Settings) -> None:
    settings.TEMPLATES = [{"BACKEND": "tests.realtime.test_fragments.OtherTemplates"}]

    assert offer("a") == "offer.html a"
    assert fragment("other.html", {"name": "a"}, key="offer:1") == "other.html a"


class OtherTemplates:
    """An engine that is not Django's."""

    name = "other"

    def __init__(self, params: dict[str, Any]) -> None: ...

    def get_template(self, name: str) -> OtherTemplate:
        """Return a template."""
        return OtherTemplate(name)


class OtherTemplate:
    """A template that says its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: dict[str, Any]) -> str:
        """Render it."""
        return f"{self.name} {context['name']}"


def test_forgotten_is_rendered_anew_in_every_language_and_variant() -> None:
    def all_of(name: str) -> set[str]:
        found = {offer(name), offer(name, vary_on=["x"])}
        with translation.override("de"):
            return {*found, offer(name)}

    assert all_of("a") == {"<b>a</b>"}

    forget("offer:1")

    assert all_of("b") == {"<b>b</b>"}


async def test_coroutine_forgets() -> None:
    await afragment("offer.html", {"name": "a"}, key="offer:1")

    await aforget("offer:1")

    assert await afragment("offer.html", {"name": "b"}, key="offer:1") == "<b>b</b>"


async def test_forgetting_on_a_loop_is_refused() -> None:
    with pytest.raises(BlockingCallError, match="Await aforget"):
        forget("offer:1")


def test_forgetting_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="without a key"):
        forget("")


@pytest.mark.django_db
def test_forgetting_within_a_transaction_waits_for_its_end(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    offer("a")
    with django_capture_on_commit_callbacks(execute=True):
        forget("offer:1")
        # Whoever looks now still finds what was true, and may as well keep it.
        assert offer("b") == "<b>a</b>"

    assert offer("b") == "<b>b</b>"


@pytest.mark.django_db(transaction=True)
def test_transaction_that_is_rolled_back_forgets_nothing() -> None:
    offer("a")
    with transaction.atomic():
        forget("offer:1")
        transaction.set_rollback(True)

    assert offer("b") == "<b>a</b>"


def test_cache_of_the_settings_is_used(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "nowhere"}, "pieces": REMOTE["default"]}
    settings.GOBY = {"FRAGMENT_CACHE": "pieces", "FRAGMENT_TTL": 9}
    registry.reset()
    server: Server = fresh_server()

    offer("a")

    assert 9 in server.timeouts.values()


@pytest.mark.parametrize(
    ("profile", "ttl"), [("development", 5), ("production", 30), ("high_scale", 60)]
)
def test_time_to_keep_is_that_of_the_profile(settings: Settings, profile: str, ttl: int) -> None:
    settings.CACHES = REMOTE
    settings.GOBY = {"PROFILE": profile}
    registry.reset()
    server = fresh_server()

    offer("a")

    assert ttl in server.timeouts.values()
