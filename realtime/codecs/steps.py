"""Fragments of several publications in one message, in steps where one builds on another.

htmx 4 looks for all targets of a message before it swaps the first. So a fragment that replaces
what an earlier one of the same message brings, as an edit of a message that is just being recovered
does, would find nothing, or what is no longer in the page. A mark before it tells `goby.js` to swap
what stands before the mark first; others take the mark for the comment that it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

STEP = "<!--goby:step-->"

_TAG = re.compile(r"<[a-z][^>]*>", re.IGNORECASE)
_ID = re.compile(r"""\sid=["']?([^"'\s>]+)""", re.IGNORECASE)
_OOB = re.compile(r"""\shx-swap-oob=["']?([a-z]+)(?::#([^"'\s>]+))?""", re.IGNORECASE)
_TARGET = re.compile(r"""<hx-partial\s[^>]*?hx-target=["']?#([^"'\s>]+)""", re.IGNORECASE)
# These leave the element with the id in the page, and only add to it.
_ADDING = {"beforeend", "afterbegin", "beforebegin", "afterend"}


class Ids(NamedTuple):
    """The elements of the page that a fragment is looking for, and those that it brings."""

    wanted: frozenset[str]
    brought: frozenset[str]


@lru_cache(maxsize=1024)
def ids_of(html: str) -> Ids:
    """Return the ids in a fragment, by what they are there for."""
    wanted = set(_TARGET.findall(html))
    brought = set()
    for tag in _TAG.findall(html):
        name, oob = _ID.search(tag), _OOB.search(tag)
        if oob and oob[2]:
            wanted.add(oob[2])
        elif oob and name:
            wanted.add(name[1])
        if name and not (oob and (oob[2] or oob[1] in _ADDING)):
            brought.add(name[1])
    return Ids(frozenset(wanted), frozenset(brought))


def in_steps(fragments: Iterable[str]) -> str:
    """Return the fragments as one text, with a mark before each that needs what came before it."""
    parts: list[str] = []
    there: set[str] = set()
    for html in fragments:
        wanted, brought = ids_of(html)
        if not wanted.isdisjoint(there):
            parts.append(STEP)
            there.clear()
        parts.append(html)
        there |= brought
    return "".join(parts)
