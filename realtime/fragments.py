"""The fragment cache, as apps use it: HTML that many people see is rendered once, not for each.

    html = fragment("shop/_offer.html", {"offer": offer}, key=f"shop:offer:{offer.pk}")

Who has the key gets the HTML. So a key must name everything that the HTML depends on, above all the
person, where it is for one person alone; language, time zone and template are in it by themselves.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.template.base import Template
from django.template.loader import get_template

from realtime import registry
from realtime.fragment_cache import Order
from realtime.fragment_keys import digest_of, place_of, stamp_of, variant_of
from realtime.pubsub import refuse_on_event_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from django.utils.safestring import SafeString

    from realtime.fragment_keys import Plain


def get_or_render(key: str, render: Callable[[], str], *, ttl: float | None = None) -> SafeString:
    """Return the HTML of `key`; let `render` make it if it is not there, and keep it.

    Of all in this process who miss it at the same moment one renders, the others wait; what
    `render` raises reaches all of them and is not kept. `ttl` is in seconds, at most a day; without
    one it is `FRAGMENT_TTL`. Plain text is escaped: build HTML with a template or `format_html`.
    """
    [html] = registry.engine().fragments.get_or_render([_order(key, render)], ttl=ttl)
    return html


async def aget_or_render(
    key: str, render: Callable[[], str] | Callable[[], Awaitable[str]], *, ttl: float | None = None
) -> SafeString:
    """Return the same from a coroutine. `render` is awaited, or else called in a thread."""
    return await registry.engine().fragments.aget_or_render(_order(key, render), ttl=ttl)


def fragment(
    template: str,
    context: Mapping[str, Any],
    *,
    key: str,
    ttl: float | None = None,
    vary_on: Iterable[Plain] = (),
) -> SafeString:
    """Return a template rendered with a context, kept under `key` and all of `vary_on`.

    It is rendered without a request, so that nothing of the person who asked first gets into it.
    """
    [html] = render_many(template, [context], [key], ttl=ttl, vary_on=vary_on)
    return html


async def afragment(
    template: str,
    context: Mapping[str, Any],
    *,
    key: str,
    ttl: float | None = None,
    vary_on: Iterable[Plain] = (),
) -> SafeString:
    """Return the same from a coroutine. The template is rendered in a thread."""
    [order] = _orders(template, [context], [key], vary_on)
    return await registry.engine().fragments.aget_or_render(order, ttl=ttl)


def render_many(
    template: str,
    contexts: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    *,
    ttl: float | None = None,
    vary_on: Iterable[Plain] = (),
) -> list[SafeString]:
    """Return a template rendered with each context, each kept under the key at the same place.

    Asks the cache once for all of them, and writes once what it did not have.
    """
    orders = _orders(template, contexts, keys, vary_on)
    return registry.engine().fragments.get_or_render(orders, ttl=ttl)


def forget(key: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop what is kept under a key, in every language, of every template, in all processes.

    Within a transaction of database `using` that is when it commits: before that, whoever looks
    still sees what was true. What is just being rendered is not kept either. Raises
    `BlockingCallError` on an event loop.
    """
    refuse_on_event_loop("forget")
    drop = partial(registry.engine().fragments.shelf.forget, stamp_of(key))
    if transaction.get_connection(using).in_atomic_block:
        transaction.on_commit(drop, using=using)
    else:
        drop()


async def aforget(key: str) -> None:
    """Drop what is kept under a key at once, from a coroutine."""
    await registry.engine().fragments.aforget(stamp_of(key))


def _order(key: str, render: Callable[[], str | Awaitable[str]]) -> Order:
    return Order(place_of(key, variant_of("")), render)


def _orders(
    name: str,
    contexts: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    vary_on: Iterable[Plain],
) -> list[Order]:
    template = get_template(name)
    # Templates of other engines than Django's are known by their names.
    inner = getattr(template, "template", None)
    version = digest_of(inner) if isinstance(inner, Template) else name
    variant = variant_of(version, vary_on)
    return [
        Order(place_of(key, variant), partial(_render, template, context))
        for context, key in zip(contexts, keys, strict=True)
    ]


def _render(template: Any, context: Mapping[str, Any]) -> str:
    html: str = template.render(dict(context))
    return html
