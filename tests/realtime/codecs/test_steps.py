"""Which fragments of one message must be swapped after others."""

from __future__ import annotations

import pytest

from realtime.codecs.steps import STEP, Ids, ids_of, in_steps

NEW = '<ol id="items" hx-swap-oob="beforeend"><li id="i-1">one</li></ol>'
ALSO_NEW = '<ol id="items" hx-swap-oob="beforeend"><li id="i-2">two</li></ol>'
EDIT = '<li id="i-1" hx-swap-oob="true">first</li>'
EDIT_AGAIN = '<li id="i-1" hx-swap-oob="outerHTML">FIRST</li>'
EDIT_OTHER = '<li id="i-2" hx-swap-oob="true">second</li>'
LIST = '<ol id="items" hx-swap-oob="outerHTML"></ol>'


@pytest.mark.parametrize(
    ("fragments", "text"),
    [
        ([], ""),
        ([NEW], NEW),
        ([NEW, ALSO_NEW], NEW + ALSO_NEW),
        ([EDIT, EDIT_OTHER], EDIT + EDIT_OTHER),
        ([NEW, EDIT], NEW + STEP + EDIT),
        ([EDIT, EDIT_AGAIN], EDIT + STEP + EDIT_AGAIN),
        ([NEW, ALSO_NEW, EDIT, EDIT_OTHER], NEW + ALSO_NEW + STEP + EDIT + EDIT_OTHER),
        ([NEW, EDIT, EDIT_AGAIN], NEW + STEP + EDIT + STEP + EDIT_AGAIN),
        ([LIST, NEW], LIST + STEP + NEW),
        ([NEW, LIST], NEW + LIST),
        ([EDIT, "plain"], EDIT + "plain"),
    ],
)
def test_what_builds_on_something_comes_after_it(fragments: list[str], text: str) -> None:
    assert in_steps(fragments) == text


@pytest.mark.parametrize(
    ("html", "wanted", "brought"),
    [
        ("plain text", set(), set()),
        ('<p id="a">', set(), {"a"}),
        ("<p id=a hx-swap-oob=true>", {"a"}, {"a"}),
        ("<P ID='a' HX-SWAP-OOB='true'>", {"a"}, {"a"}),
        ("<p hx-swap-oob='innerHTML' class='b' id='a'>", {"a"}, {"a"}),
        ('<p id="a" hx-swap-oob="beforeend">', {"a"}, set()),
        ('<p id="a" hx-swap-oob="beforeend:#b"><i id="c">', {"b"}, {"c"}),
        ('<p hx-swap-oob="outerHTML:#b">', {"b"}, set()),
        ('<p hx-swap-oob="outerHTML:.b">', set(), set()),
        ('<p hx-swap-oob="true">', set(), set()),
        ('<hx-partial hx-target="#a"><i id="b"></hx-partial>', {"a"}, {"b"}),
        ('<p data-id="a" title="hx-swap-oob">', set(), set()),
    ],
)
def test_ids_of_a_fragment(html: str, wanted: set[str], brought: set[str]) -> None:
    assert ids_of(html) == Ids(frozenset(wanted), frozenset(brought))


def test_what_a_person_wrote_is_no_tag() -> None:
    text = "&lt;li id=&quot;i-1&quot; hx-swap-oob=&quot;true&quot;&gt;"

    assert in_steps([NEW, f"<p>{text}</p>"]) == f"{NEW}<p>{text}</p>"
