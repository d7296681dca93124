"""What a message looks like, and what nobody can make it look like."""

from __future__ import annotations

import re
import time

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from chat.markup import MAX_HTML, MAX_MENTIONS, mentioned_names, render, sanitised

REL = 'rel="noopener nofollow ugc"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```py\nx = '<b>'\n```", "<pre><code>x = '&lt;b&gt;'\n</code></pre>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("two\nlines", "<p>two\nlines</p>"),
        ("a\tb", "<p>a\tb</p>"),
        (r"\*not\* this", "<p>*not* this</p>"),
        ("# no heading\n- no list", "<p># no heading\n- no list</p>"),
        ("![no image](http://x/y.png)", f'<p>!<a href="http://x/y.png" {REL}>no image</a></p>'),
        ("[a](https://b.org)", f'<p><a href="https://b.org" {REL}>a</a></p>'),
        ('[a](http://x "title")', f'<p><a href="http://x" {REL}>a</a></p>'),
        ("see http://x.org.", f'<p>see <a href="http://x.org" {REL}>http://x.org</a>.</p>'),
        ("<a@b.cd>", f'<p><a href="mailto:a@b.cd" {REL}>a@b.cd</a></p>'),
        ("e.g. x.org", "<p>e.g. x.org</p>"),
        ("😀 👩‍👧", "<p>😀 👩‍👧</p>"),
    ],
)
def test_a_little_markdown(text: str, html: str) -> None:
    assert render(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](/accounts/sign-out/)",
        "[a](//evil.org)",
        "<javascript:alert(1)>",
        "[a](&#106;avascript:x)",
    ],
)
def test_link_to_anything_else_is_text(text: str) -> None:
    assert render(text) == f"<p>{escape(text)}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<p hx-get="/" data-hx-get="/" onclick="x" id="y" class="z" style="w">a</p>',
        '<hx-partial hx-target="#room">gone</hx-partial>',
        '<b hx-swap-oob="innerHTML:#room">gone</b>',
        "<svg onload=alert(1)>",
        '`<img src=x onerror="x">`',
        "```<b hx-on:click=x>\n<i>\n```",
    ],
)
def test_html_is_text(text: str) -> None:
    tags = set(re.findall(r"</?([a-z-]+)", render(text)))
    assert tags <= {"p", "code", "pre"}
    assert not re.search(r"<[^>]*\s[^>]*>", render(text))


def test_sanitiser_alone_leaves_nothing_that_acts() -> None:
    html = sanitised(
        '<p id="x" class="y" style="z" hx-get="q" data-hx-get="q" onclick="e" title="t" lang="de">'
        'a<script>x</script><a href="/x" onclick="1" target="_top">l</a>'
        '<a href="javascript:1">m</a><hx-partial>y</hx-partial><!-- c --></p>'
    )
    assert html == f"<p>a<a {REL}>l</a><a {REL}>m</a>y</p>"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_sanitising_again_changes_nothing(text: str) -> None:
    html = render(text, ["mira"])
    assert sanitised(html) == html
    assert set(re.findall(r"<([a-z-]+)", html)) <= {
        "p",
        "br",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "a",
    }


def test_names_stand_out_but_not_in_code_and_links() -> None:
    html = render("@mira, @otto `@mira` [@mira](http://x) a@mira", ["mira"])
    assert html.count("<strong>@mira</strong>") == 1
    assert "@otto" in html
    assert "<strong>@otto" not in html


def test_names_are_found_once_and_not_within_words() -> None:
    assert mentioned_names("@mira. (@otto) a@b @mira @a.b-c") == ["mira", "otto", "a.b-c"]
    assert len(mentioned_names(" ".join(f"@n{n}" for n in range(100)))) == MAX_MENTIONS


@pytest.mark.parametrize(
    "text", ["*_" * 2000, "[" * 4000, "**a*" * 1000, "http://a " * 444, ">" * 4000, "&" * 4000]
)
def test_text_made_to_be_slow_is_not(text: str) -> None:
    began = time.perf_counter()
    html = render(text)
    assert time.perf_counter() - began < 2
    assert len(html) <= MAX_HTML


def test_html_that_would_be_too_long_for_a_publication_is_plain_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.markup.MAX_HTML", 20)
    assert render("**bold** & so on, for long") == "<p>**bold** &amp; so on, for long</p>"
