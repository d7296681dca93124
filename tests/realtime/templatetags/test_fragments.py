"""`{% fragment %}`: a part of a page that is kept, and what it refuses to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.utils import translation

from realtime import forget, registry
from tests.realtime.caches import REMOTE, fresh_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

LIBRARIES = {"fragments": "realtime.templatetags.fragments"}


@pytest.fixture(autouse=True)
def engine() -> Iterator[registry.Engine]:
    """An engine of this test alone, with its own counters."""
    registry.reset()
    yield registry.engine()
    registry.reset()


def render(source: str, template: str = "page.html", **context: Any) -> str:
    """Render a template of this source, compiled anew as after a deployment."""
    sources = {template: "{% load fragments %}" + source, "part.html": context.pop("part", "part")}
    loader = ("django.template.loaders.locmem.Loader", sources)
    templates = Engine(loaders=[loader], libraries=LIBRARIES)
    return templates.get_template(template).render(Context(context))


PAGE = '{% fragment "offer" id %}<b>{{ name }}</b>{% endfragment %}{{ name }}'


def test_what_is_enclosed_is_kept_and_the_rest_is_not() -> None:
    assert render(PAGE, id=1, name="a") == "<b>a</b>a"
    assert render(PAGE, id=1, name="b") == "<b>a</b>b"
    assert render(PAGE, id=2, name="c") == "<b>c</b>c"


def test_what_a_person_wrote_is_escaped_once() -> None:
    assert [render(PAGE, id=1, name="<i>") for _ in range(2)] == ["<b>&lt;i&gt;</b>&lt;i&gt;"] * 2


def test_parts_of_the_key_are_joined_by_colons() -> None:
    render(PAGE, id=1, name="a")

    forget("offer:1")

    assert render(PAGE, id=1, name="b") == "<b>b</b>b"


@pytest.mark.parametrize("id", ["x", 7, UUID(int=3)])
def test_key_is_of_texts_numbers_and_uuids(id: object) -> None:
    assert render(PAGE, id=id, name="a") == "<b>a</b>a"


@pytest.mark.parametrize("context", [{}, {"id": None}, {"id": ""}, {"id": object()}, {"id": []}])
def test_part_of_the_key_that_is_not_there_is_an_error(context: dict[str, Any]) -> None:
    with pytest.raises(TemplateSyntaxError, match=r'"id" is .* the same for everybody'):
        render(PAGE, **context)


def test_part_of_a_loop_is_kept_for_each_turn() -> None:
    source = "{% for n in ns %}{% fragment n %}{{ n }}{{ x }} {% endfragment %}{% endfor %}"

    assert render(source, ns=[1, 2], x="a") == "1a 2a "
    assert render(source, ns=[2, 3], x="b") == "2a 3b "


def test_fragment_within_a_fragment_is_kept_on_its_own() -> None:
    source = (
        '{% fragment "out" n %}{{ x }}{% fragment "in" %}{{ x }}{% endfragment %}{% endfragment %}'
    )

    assert render(source, n=1, x="a") == "aa"
    assert render(source, n=2, x="b") == "ba"


def test_each_language_has_its_own() -> None:
    source = '{% fragment "price" %}{{ price }}{% endfragment %}'
    found = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            found.append(render(source, price=1.5))

    assert found == ["1.5", "1,5", "1.5"]


@pytest.mark.parametrize(
    "changed",
    [
        {"source": '{% fragment "a" %}{{ x }}{% include "part.html" %}.{% endfragment %}'},
        {"template": "other.html"},
        {"part": "other"},
    ],
)
def test_another_version_of_the_template_is_rendered_anew(changed: dict[str, str]) -> None:
    same = {"source": '{% fragment "a" %}{{ x }}{% include "part.html" %}{% endfragment %}'}
    assert render(**same, x="1") == "1part"

    assert render(**same, x="2") == "1part"
    assert render(**(same | changed), x="3").startswith("3")


def test_version_is_made_once_for_a_compiled_template() -> None:
    templates = Engine(libraries=LIBRARIES)
    page = templates.from_string("{% load fragments %}" + PAGE)

    found = [page.render(Context({"id": 1, "name": name})) for name in "ab"]

    assert found == ["<b>a</b>a", "<b>a</b>b"]


@pytest.mark.parametrize(("ttl", "seconds"), [("7", 7), ("'8'", 8), ("ttl", 9), ("ttl|add:1", 10)])
def test_ttl_is_in_seconds(settings: Settings, ttl: str, seconds: int) -> None:
    settings.CACHES = REMOTE
    server = fresh_server()

    render(f'{{% fragment "a" ttl={ttl} %}}x{{% endfragment %}}', ttl=9)

    assert seconds in server.timeouts.values()


@pytest.mark.parametrize("ttl", ["'soon'", "nothing", "items"])
def test_ttl_that_is_no_number_is_an_error(ttl: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="is in seconds"):
        render(f'{{% fragment "a" ttl={ttl} %}}x{{% endfragment %}}', items=[])


@pytest.mark.parametrize(
    "tag",
    ["fragment", "fragment ttl=5", 'fragment "a" tll=5', 'fragment "a" ttl=5 "b"'],
)
def test_tag_that_is_written_wrong_says_how_to_write_it(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(f"{{% {tag} %}}x{{% endfragment %}}")


def test_tag_with_an_unknown_option_says_how_to_write_it() -> None:
    with pytest.raises(TemplateSyntaxError, match=r'fragment "shop:offer" offer\.pk ttl=60'):
        render('{% fragment "a" tll=5 %}x{% endfragment %}')


def test_fragment_without_an_end_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="endfragment"):
        render('{% fragment "a" %}x')


@pytest.mark.parametrize(
    "inside", ["{% csrf_token %}", "{% if x %}<form>{% csrf_token %}</form>{% endif %}"]
)
def test_token_of_one_person_is_not_kept_for_all(inside: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=r"csrf_token.*outside"):
        render('{% fragment "a" %}' + inside + "{% endfragment %}")


@pytest.mark.parametrize(
    ("inside", "part"),
    [
        ('{% include "part.html" %}', "{% csrf_token %}"),
        ("{% include name with x=1 %}", "<form>{% csrf_token %}</form>"),
        ("{{ csrf_token }}", ""),
        ("{% if csrf_token %}x{% endif %}", ""),
    ],
)
def test_token_of_one_person_is_not_kept_for_all_from_wherever_it_comes(
    inside: str, part: str
) -> None:
    source = '{% fragment "a" %}' + inside + "{% endfragment %}"

    with pytest.raises(TemplateSyntaxError, match=r"csrf_token.*outside"):
        render(source, part=part, name="part.html", csrf_token="secret")


def test_token_of_a_person_stands_outside_as_ever() -> None:
    source = '{% fragment "a" %}x{% endfragment %}{% include "part.html" %}'

    assert render(source, part="{{ csrf_token }}", csrf_token="secret") == "xsecret"


def test_exception_is_that_of_the_page_and_is_not_kept() -> None:
    source = '{% fragment "a" %}{{ value }}{% endfragment %}'

    class Broken:
        def __str__(self) -> str:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        render(source, value=Broken())
    assert render(source, value="fine") == "fine"
