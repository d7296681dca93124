"""Reading the documentation: its pages, tables, headings, links and code blocks."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def read(name: str) -> str:
    """Return the text of a page, named from the directory of the documentation."""
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Return the cells of all tables on a page."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_cells(text: str) -> set[str]:
    """Return what stands in the first column of the page's tables, without backticks."""
    return {row[0].strip("`") for row in rows(text)}


def blocks(text: str, *languages: str) -> list[str]:
    """Return the code blocks in these languages."""
    found = [match for match in _BLOCK.finditer(text) if match[2] in languages]
    return [textwrap.dedent(match[3]) for match in found]


def files(text: str) -> dict[str, str]:
    """Return the files that a page tells to write: each code block whose paragraph names one."""
    found = {}
    for match in _BLOCK.finditer(text):
        paragraph = text[: match.start()].rstrip().rpartition("\n\n")[2]
        named = re.search(r"`([\w/]+/\w+\.(?:py|html))`", paragraph)
        if named is not None:
            found[named[1]] = match[3]
    return found


def prose(text: str) -> str:
    """Return a page without its code blocks."""
    return _BLOCK.sub("", text)


def links(text: str) -> list[str]:
    """Return where a page's links lead."""
    return _LINK.findall(prose(text))


def headings(text: str) -> list[str]:
    """Return a page's headings."""
    return _HEADING.findall(prose(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as Git forges make them."""
    titles = [re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(text)]
    return {title.replace(" ", "-") for title in titles}
