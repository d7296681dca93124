"""What belongs to a key: language, time zone, variants, and the templates that make the HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Engine, Library
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from realtime.fragment_keys import (
    chat_message,
    digest_of,
    digest_of_part,
    hashed,
    place_of,
    presence_count,
    stamp_of,
    users_online,
    variant_of,
)

if TYPE_CHECKING:
    from pytest_django import Settings

register = Library()


@register.inclusion_tag("part.html")
def tag() -> dict[str, object]:
    """Show the part."""
    return {}


TEMPLATES = {
    "page.html": '{% include "part.html" %}{% if more %}{% include "missing.html" %}{% endif %}',
    "part.html": "part",
    "child.html": '{% extends "base.html" %}{% block a %}{% include "part.html" %}{% endblock %}',
    "base.html": "{% block a %}{% endblock %}",
    "tree.html": '{{ name }}{% if below %}{% include "tree.html" %}{% endif %}',
    "tagged.html": "{% load tags %}{% tag %}",
    "unknown.html": '{% include name %}{% include "part.html"|default:"base.html" %}',
}


def digest(name: str, **changes: str) -> str:
    """Return the digest of a template among these, some of them changed."""
    sources = TEMPLATES | {f"{name}.html": source for name, source in changes.items()}
    loader = ("django.template.loaders.locmem.Loader", sources)
    engine = Engine(loaders=[loader], libraries={"tags": __name__})
    return digest_of(engine.get_template(f"{name}.html"))


def test_keys_of_the_guide() -> None:
    assert presence_count(3) == "presence:count:3"
    assert chat_message(17) == "chat:message:17"
    assert re.fullmatch(r"users:online:[0-9a-f]{32}", users_online([1, 2]))


def test_users_online_are_the_same_in_whatever_order() -> None:
    assert users_online([3, 1, 2]) == users_online([2, 3, 1]) == users_online(["1", "2", "3", "3"])
    assert users_online([12, 3]) != users_online([1, 23])


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_texts_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (hashed(*one) == hashed(*other)) == (one == other)


@given(st.text(min_size=1), st.text())
def test_any_text_is_a_key_that_every_backend_takes(key: str, version: str) -> None:
    place = place_of(key, variant_of(version))

    for name in place:
        assert re.fullmatch(r"[a-z0-9:]{1,100}", name)
    assert place.stamp == stamp_of(key)


def test_half_a_character_is_a_key() -> None:
    assert stamp_of("\ud800") != stamp_of("\ud801")


def test_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="would be the same for all"):
        place_of("", variant_of(""))


def test_each_language_has_its_variant() -> None:
    with translation.override("de"):
        german = variant_of("")
    with translation.override("fr"):
        french = variant_of("")
    with translation.override(None):
        untranslated = variant_of("")

    assert len({german, french, untranslated}) == 3
    assert variant_of("") == variant_of("")


def test_each_time_zone_has_its_variant_where_times_have_zones(settings: Settings) -> None:
    def variants() -> set[str]:
        found = set()
        for name in ("Europe/Berlin", "Asia/Tokyo"):
            with timezone.override(ZoneInfo(name)):
                found.add(variant_of(""))
        return found

    assert len(variants()) == 2
    settings.USE_TZ = False
    assert len(variants()) == 1


def test_what_it_varies_on_is_told_apart() -> None:
    lists = [(), ("a", "bc"), ("ab", "c"), (1,), (1.5,), (None,), (True,), (UUID(int=1),)]

    assert len({variant_of("", each) for each in lists}) == len(lists)
    assert variant_of("", [gettext_lazy("Yes")]) == variant_of("", ["Yes"])


def test_varying_on_what_may_read_alike_is_refused() -> None:
    with pytest.raises(TypeError, match=r"AnonymousUser.*user\.pk"):
        variant_of("", [AnonymousUser()])  # type: ignore[list-item]  # wrong on purpose


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("part", {"part": "other"}),
        ("page", {"page": '{% include "part.html" %}'}),
        ("page", {"part": "other"}),
        ("page", {"missing": "is there now"}),
        ("child", {"base": "{% block a %}{% endblock %}."}),
        ("child", {"part": "other"}),
        ("tree", {"tree": 'other{% include "tree.html" %}'}),
        ("tagged", {"part": "other"}),
    ],
)
def test_change_of_a_template_or_of_one_that_it_names_is_another_version(
    name: str, changed: dict[str, str]
) -> None:
    assert digest(name) == digest(name)
    assert digest(name) != digest(name, **changed)


def test_templates_with_the_same_source_are_not_the_same() -> None:
    assert digest("part") != digest("base", base="part")


def test_templates_that_only_the_context_knows_are_not_followed() -> None:
    assert digest("unknown") == digest("unknown", part="other", base="other")


def test_digest_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    template = Engine().from_string("part")
    first = digest_of(template)
    template.source = "changed"

    assert digest_of(template) == first


def test_part_of_a_template_follows_what_it_names() -> None:
    def version(source: str, part: str) -> str:
        sources = {"part.html": part}
        engine = Engine(loaders=[("django.template.loaders.locmem.Loader", sources)])
        nodes = engine.from_string('{% include "part.html" %}').nodelist
        return digest_of_part("page.html", source, nodes, engine)

    assert version("a", "b") == version("a", "b")
    assert len({version("a", "b"), version("a", "c"), version("b", "b")}) == 3
