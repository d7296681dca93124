"""`{% fragment key %} ... {% endfragment %}`: keep a part of a page, for all who see it.

{% fragment "shop:offer" offer.pk ttl=60 %} ... {% endfragment %}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import template
from django.template.base import token_kwargs
from django.template.defaulttags import CsrfTokenNode

from realtime import registry
from realtime.fragment_cache import Order
from realtime.fragment_keys import digest_of_part, place_of, variant_of

if TYPE_CHECKING:
    from django.template.base import FilterExpression, NodeList, Parser, Template, Token
    from django.utils.safestring import SafeString

register = template.Library()

# What a form needs of the person who asks must not be kept for everybody.
PERSONAL = "A fragment is shown to everybody, so {% csrf_token %} must stand outside of it."


class _NoToken:
    """Stands in a fragment for the person's CSRF token, and can be neither shown nor looked at."""

    def __str__(self) -> str:
        raise template.TemplateSyntaxError(PERSONAL)

    def __bool__(self) -> bool:
        raise template.TemplateSyntaxError(PERSONAL)


_NO_TOKEN = _NoToken()


class FragmentNode(template.Node):
    """The enclosed part of a template."""

    def __init__(
        self,
        nodelist: NodeList,
        key: list[FilterExpression],
        ttl: FilterExpression | None,
        source: str,
    ) -> None:
        self.nodelist = nodelist
        self._key = key
        self._ttl = ttl
        self._source = source
        self._version = ""

    def render(self, context: template.Context) -> SafeString:
        """Return the part from the cache, or render it with this context."""
        place = place_of(self._key_in(context), variant_of(self._version_in(context)))
        order, ttl = Order(place, lambda: self.nodelist.render(context)), self._ttl_in(context)
        # What is included may want it as well, of which nothing can be seen before.
        with context.push(csrf_token=_NO_TOKEN):
            [html] = registry.engine().fragments.get_or_render([order], ttl=ttl)
        return html

    def _key_in(self, context: template.Context) -> str:
        parts = [each.resolve(context) for each in self._key]
        for part, expression in zip(parts, self._key, strict=True):
            if not isinstance(part, str | int | UUID) or part == "":
                raise template.TemplateSyntaxError(
                    f'The key of a fragment is of texts and whole numbers, and "{expression}" is '
                    f"{part!r:.40}. What is not there would be the same for everybody."
                )
        return ":".join(map(str, parts))

    def _ttl_in(self, context: template.Context) -> float | None:
        if self._ttl is None:
            return None
        value = self._ttl.resolve(context)
        try:
            return float(value)
        except (TypeError, ValueError):
            raise template.TemplateSyntaxError(
                f'The ttl of a fragment is in seconds, and "{self._ttl}" is {value!r:.40}.'
            ) from None

    def _version_in(self, context: template.Context) -> str:
        if not self._version:
            # Not before it is rendered, since a template may include itself.
            engine = cast("Template", context.template).engine
            name = self.origin.template_name
            self._version = digest_of_part(str(name), self._source, self.nodelist, engine)
        return self._version


@register.tag
def fragment(parser: Parser, token: Token) -> FragmentNode:
    """Keep what is enclosed, under a key of one or more parts, for `ttl` seconds."""
    _, *words = token.split_contents()
    options = token_kwargs([words.pop()], parser) if words and _is_option(words[-1]) else {}
    ttl = options.pop("ttl", None)
    if options or not words:
        raise template.TemplateSyntaxError(
            "{% fragment %} takes a key, and after it perhaps a ttl: "
            '{% fragment "shop:offer" offer.pk ttl=60 %}'
        )
    ahead: list[Any] = list(parser.tokens)
    nodelist = parser.parse(("endfragment",))
    enclosed = ahead[len(parser.tokens) :]
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(CsrfTokenNode):
        raise template.TemplateSyntaxError(PERSONAL)
    key = [parser.compile_filter(word) for word in words]
    return FragmentNode(nodelist, key, ttl, _source_of(enclosed))


def _is_option(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _source_of(tokens: list[Token]) -> str:
    return "\n".join(f"{token.token_type.name} {token.contents}" for token in reversed(tokens))
