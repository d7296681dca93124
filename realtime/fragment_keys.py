"""Under what a fragment is kept: its key, and all else that its HTML depends on.

A key says what the fragment shows. To it come the language and the time zone of the moment, what
the caller varies on, and a digest of the template and of the templates that this one and its tags
name, so that what was rendered from another version of it is never shown again. All of it is
hashed: any text is a key, and every backend can keep it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.library import InclusionNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.utils.functional import Promise
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from realtime.fragment_shelf import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.template.base import NodeList, Template
    from django.template.engine import Engine

Plain = str | int | float | UUID | Promise | None

_digests: WeakKeyDictionary[Template, str] = WeakKeyDictionary()


def presence_count(users: int) -> str:
    """Return the key of what shows that so many users are there."""
    return f"presence:count:{users}"


def chat_message(id: int | str) -> str:
    """Return the key of what shows a message."""
    return f"chat:message:{id}"


def users_online(ids: Iterable[int | str]) -> str:
    """Return the key of what shows these users, in whatever order they come."""
    return f"users:online:{hashed(*sorted({str(id) for id in ids}))}"


def hashed(*parts: str) -> str:
    """Return the digest of texts; where one ends and the next begins counts."""
    return _hash("".join([f"{len(part)}:{part}" for part in parts]))


def variant_of(version: str, vary_on: Iterable[Plain] = ()) -> str:
    """Return what the HTML depends on besides its key. Raises `TypeError` for what is not plain."""
    zone = get_current_timezone_name() if settings.USE_TZ else ""
    return hashed(version, get_language() or "", zone, *map(_plain, vary_on))


def place_of(key: str, variant: str) -> Place:
    """Return where the variant of a key lies. Raises `ValueError` for an empty key."""
    stamp = stamp_of(key)
    return Place(f"{stamp}:{variant}", stamp)


def stamp_of(key: str) -> str:
    """Return where the stamp of all variants of a key lies."""
    if not key:
        raise ValueError("A fragment without a key would be the same for all. Write what it shows.")
    return f"goby:{_hash(key)}"


def digest_of(template: Template) -> str:
    """Return the digest of a template, with those that it includes or extends by name."""
    digest = _digests.get(template)
    if digest is None:
        digest = _digests[template] = hashed(*_sources(template, set()))
    return digest


def digest_of_part(name: str, source: str, nodes: NodeList, engine: Engine) -> str:
    """Return the same for a part of a template."""
    return hashed(name, source, *_sources_below(nodes, engine, set()))


def _sources(template: Template, seen: set[str]) -> Iterator[str]:
    yield template.name or ""
    yield str(template.source)
    yield from _sources_below(template.nodelist, template.engine, seen)


def _sources_below(nodes: NodeList, engine: Engine, seen: set[str]) -> Iterator[str]:
    for name in _names_in(nodes):
        if name not in seen:
            seen.add(name)
            try:
                template = engine.get_template(name)
            except TemplateDoesNotExist:  # perhaps it is never needed, and else it says so itself
                continue
            yield from _sources(template, seen)


def _names_in(nodes: NodeList) -> list[str]:
    included: list[Any] = nodes.get_nodes_by_type(IncludeNode)
    extended: list[Any] = nodes.get_nodes_by_type(ExtendsNode)
    tags: list[Any] = nodes.get_nodes_by_type(InclusionNode)
    named = [node.template for node in included] + [node.parent_name for node in extended]
    # What only the context knows, nobody can follow beforehand.
    names = [each.var for each in named if not each.filters] + [tag.filename for tag in tags]
    return [name for name in names if isinstance(name, str)]


def _plain(value: Plain) -> str:
    if isinstance(value, Plain):
        return str(value)
    raise TypeError(
        f"vary_on takes texts and numbers, not {type(value).__name__}: two of these may read alike "
        "and not be the same. Write what tells them apart, such as user.pk."
    )


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
