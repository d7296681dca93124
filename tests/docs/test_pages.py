"""Every page can be reached, its links lead somewhere and its Python compiles."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, PAGES, anchors, blocks, links, prose, read

if TYPE_CHECKING:
    from pathlib import Path

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix()
)


def test_index_links_every_page() -> None:
    linked = {(DOCS / target).resolve() for target in links(read("README.md"))}

    assert set(PAGES) - {DOCS / "README.md"} == linked


@each_page
def test_links_lead_to_a_page_and_a_heading(page: Path) -> None:
    for target in links(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.is_file(), f"{target} is not there"
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), target


@each_page
def test_python_blocks_compile(page: Path) -> None:
    for code in blocks(page.read_text(encoding="utf-8"), "python"):
        compile(code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@each_page
def test_page_names_no_machine_and_keeps_its_lines_short(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [line for line in prose(text).splitlines() if not line.startswith("|")]

    assert re.search(r"/(?:work|tmp|root|home)/", text) is None
    assert [line for line in lines if len(line) > 120] == []
