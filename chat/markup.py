"""What a message looks like: a little Markdown, and nothing else that a person could write.

Bold, italic, code, blocks of code, quotes and links. The parser knows no HTML; what it returns goes
through a sanitiser all the same, which leaves only the elements of the list below and of attributes
only the address of a link. It is done once for each text, when it is stored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nh3
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from markdown_it.rules_core import StateCore

TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "a"}
SCHEMES = {"http", "https", "mailto"}
LINK_REL = "noopener nofollow ugc"

# A publication has at most 64 KB, and carries the text as well.
MAX_HTML = 40_000
MAX_MENTIONS = 20

# A name as accounts have it, without the dot that ends a sentence.
_NAME = re.compile(r"(?<![\w@./+-])@([\w.@+-]{0,149}\w)")

_RULES = [
    "emphasis",
    "balance_pairs",
    "fragments_join",
    "backticks",
    "fence",
    "blockquote",
    "link",
    "autolink",
    "linkify",
    "newline",
    "escape",
]


def mentioned_names(text: str) -> list[str]:
    """Return the names after an @, each once, at most 20 of them."""
    return list(dict.fromkeys(_NAME.findall(text)))[:MAX_MENTIONS]


def render(text: str, names: Collection[str] = ()) -> str:
    """Return the text as HTML; `names` are those of people, which stand out after an @."""
    html = sanitised(_parser.render(text, {"names": names}))
    return html if len(html) <= MAX_HTML else f"<p>{escape(text)}</p>"


def sanitised(html: str) -> str:
    """Return HTML with only what a message may be made of."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "*": set()},
        attribute_filter=_only_with_scheme,
        url_schemes=SCHEMES,
        link_rel=LINK_REL,
        generic_attribute_prefixes=set(),
        strip_comments=True,
    ).strip()


def _only_with_scheme(_tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or _has_scheme(value) else None


def _has_scheme(url: str) -> bool:
    # An address without a scheme leads to wherever the page stands.
    return url.strip().lower().partition(":")[0] in SCHEMES


class _Parser(MarkdownIt):
    """The parser, with our answers to what it asks about links."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's own name
        return _has_scheme(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - as above
        # An address stands there as it was written, not as it decodes.
        return link


def _strong_names(state: StateCore) -> None:
    """Let the names of people stand out, but not in code and links."""
    names: Collection[str] = state.env.get("names", ())
    for block in state.tokens if names else ():
        if block.type == "inline" and block.children:
            block.children = list(_with_names(block.children, names))


def _with_names(tokens: list[Token], names: Collection[str]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not depth:
            yield from _split(token.content, names)
        else:
            yield token


def _split(text: str, names: Collection[str]) -> Iterator[Token]:
    end = 0
    for match in _NAME.finditer(text):
        if match[1] in names:
            yield _text(text[end : match.start()])
            yield Token("strong_open", "strong", 1)
            yield _text(match[0])
            yield Token("strong_close", "strong", -1)
            end = match.end()
    yield _text(text[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _make_parser() -> MarkdownIt:
    parser = _Parser("zero", {"html": False, "linkify": True, "maxNesting": 10})
    parser.enable(_RULES)
    # Only what says that it is an address is made a link: "e.g." is none.
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.core.ruler.push("strong_names", _strong_names)
    return parser


_parser = _make_parser()
