"""What a request says: its fields, checked for their types before anything is done.

The fields that a command of the Data socket has, too, are read by `protocol`; here stand the
others. A field that is null counts as left out, because some languages write all fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime import protocol, registry
from realtime.exceptions import CommandError, InvalidTopicError
from realtime.router import validate_topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.catalog import Resolved

    Body = Mapping[str, Any]


def body_of(value: Any) -> Body:
    """Return a method's fields; raise `CommandError` 107 if they are no object."""
    if not isinstance(value, dict):
        raise bad_request("the fields of a method are an object")
    return {name: item for name, item in value.items() if item is not None or name == "data"}


def bad_request(sentence: str) -> CommandError:
    """Return the error for a request that is wrong in itself."""
    return CommandError(protocol.BAD_REQUEST, f"bad request: {sentence}")


def refuse_fields(body: Body, *names: str) -> None:
    """Raise `CommandError` 108 for a field whose silent neglect would change what is meant."""
    found = [name for name in names if name in body]
    if found:
        raise CommandError(protocol.NOT_AVAILABLE, f"not available: {', '.join(found)}")


def declared_topic(topic: str) -> tuple[str, Resolved]:
    """Return a topic with what is declared of it; raise `CommandError` 102 or 107."""
    try:
        resolved = registry.catalog.resolve(validate_topic(topic))
    except InvalidTopicError as error:
        raise bad_request(str(error)) from None
    if resolved is None:
        raise CommandError(protocol.UNKNOWN_TOPIC, "unknown channel: no app declares it")
    return topic, resolved


def user_of(body: Body) -> str:
    """Return the field `user`; it may be empty only where `client` names one connection."""
    user = protocol.text_of(body, "user")
    if not user and not protocol.text_of(body, "client"):
        raise bad_request("user is missing")
    return user


def texts_of(body: Body, name: str) -> list[str]:
    """Return a list of texts, empty if it is missing; raise `CommandError` 107 otherwise."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request(f"{name} must be a list of strings")
    return value


def tags_of(body: Body) -> Mapping[str, str] | None:
    """Return the tags of a publication, or None; raise `CommandError` 107 for another type."""
    value = body.get("tags", {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise bad_request("tags must be an object of strings")
    return value or None
