"""The HTML socket in the document: forms come in, fragments of HTML go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime.asyncapi import references
from realtime.consumers.html import ENDINGS, ENVELOPE, HTMLConsumer
from realtime.outbox import Ending
from realtime.sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNEL = "htmlSocket"

DESCRIPTION = (
    "Pages on htmx. A page connects with the token that its `{% live %}` tag made, which names the "
    "topics that it follows. A form sends its fields as one JSON object, together with what htmx "
    "adds to it. What comes back is HTML: fragments one after the other, each of which says by its "
    "id and `hx-swap-oob` where it belongs."
)

# The page's token, in the address.
QUERY = {
    "type": "object",
    "properties": {
        "token": {"type": "string", "description": "What `{% live %}` made for this page."}
    },
}

_OBJECT = {"type": "object", "description": "What htmx tells of the form."}
_FIELDS: Mapping[str, Any] = {
    "action": {"type": "string", "description": "The action's name."},
    "headers": _OBJECT,
    "HEADERS": _OBJECT,
}


def messages() -> dict[str, Any]:
    """Return every message of the HTML socket, by its name in the document."""
    payload = {"type": "object", "properties": envelope(), "required": ["action"]}
    form = {"title": "A form", "contentType": "application/json", "payload": payload}
    return {"form": form, "fragment": _fragment()}


def operations() -> dict[str, Any]:
    """Return what the site does on the HTML socket."""
    return {
        "html.form": references.operation("receive", CHANNEL, ["form"], answers=["fragment"]),
        "html.fragment": references.operation("send", CHANNEL, ["fragment"]),
    }


def envelope() -> dict[str, Any]:
    """Return the schemas of the fields that are no arguments of the action."""
    return {name: _FIELDS.get(name, {"type": "string"}) for name in sorted(ENVELOPE)}


def closes() -> dict[str, str]:
    """Return why a page's connection ends, by close code."""
    endings = [value for value in vars(HTMLConsumer).values() if isinstance(value, Ending)]
    said = [*((ending.code, ending.reason) for ending in endings), *ENDINGS.items()]
    reasons: dict[int, list[str]] = {}
    for code, reason in sorted(said):
        reasons.setdefault(code, []).append(reason)
    return {str(code): "; ".join(reasons[code]) for code in reasons}


def sentences() -> dict[str, str]:
    """Return what people are told of an error, by the code that programs get."""
    return {str(code): sentence for code, sentence in SENTENCES.items()}


def _fragment() -> dict[str, Any]:
    return {
        "title": "Fragments of HTML",
        "contentType": "text/html",
        "summary": "Of a publication, of an action's result, or of a sentence about an error.",
        "payload": {"type": "string"},
    }
