"""What a request says: its fields, checked for their types before anything is done.

The fields that a command of the Data socket has, too, are read by `protocol`; here stand the
others. A field that is null counts as left out, because some languages write all fields.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from realtime import protocol, registry
from realtime.exceptions import CommandError, InvalidTopicError, TermsError
from realtime.message import Position
from realtime.router import validate_topic
from realtime.terms import decoded
from realtime.terms import terms_of as read_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime.catalog import Options, Resolved
    from realtime.terms import Terms

    Body = Mapping[str, Any]


# An answer has about so many bytes at most, also that to a batch.
MAX_ANSWER = 16_777_216


def body_of(value: Any) -> Body:
    """Return a method's fields; raise `CommandError` 107 if they are no object."""
    if not isinstance(value, dict):
        raise bad_request("the fields of a method are an object")
    return {name: item for name, item in value.items() if item is not None or name == "data"}


def bad_request(sentence: str) -> CommandError:
    """Return the error for a request that is wrong in itself."""
    return CommandError(protocol.BAD_REQUEST, f"bad request: {sentence}")


def declared_topic(topic: str) -> tuple[str, Resolved]:
    """Return a topic with what is declared of it; raise `CommandError` 102 or 107."""
    try:
        resolved = registry.catalog.resolve(validate_topic(topic))
    except InvalidTopicError as error:
        raise bad_request(str(error)) from None
    if resolved is None:
        raise CommandError(protocol.UNKNOWN_TOPIC, "unknown channel: no app declares it")
    return topic, resolved


def data_of(body: Body) -> Any:
    """Return the field `data`, or what `b64data` stands for; raise `CommandError` 107."""
    if "b64data" not in body:
        return protocol.data_of(body)
    if body.get("data") is not None:
        raise bad_request("write data or b64data, not both")
    try:
        return decoded("b64data", body["b64data"])
    except TermsError as error:
        raise bad_request(str(error)) from None


def terms_of(body: Body, options: Options) -> Terms:
    """Return on what terms a topic is to be followed; raise `CommandError` 107 or 108."""
    try:
        found = read_terms(body)
    except TermsError as error:
        raise bad_request(str(error)) from None
    since = _position_of(body, "recover_since")
    if since is not None and options.history is None:
        raise CommandError(protocol.NOT_AVAILABLE, "not available: this topic keeps no history")
    try:
        options.check_override(found.override)
    except TermsError as error:
        raise CommandError(protocol.NOT_AVAILABLE, f"not available: {error}") from None
    return replace(found, since=since, expires_at=moment_of(body, "expire_at"))


def moment_of(body: Body, name: str) -> int | None:
    """Return a time in seconds since 1970, None if it is missing; raise `CommandError` 107."""
    if name not in body:
        return None
    moment = protocol.number_of(body, name)
    if moment <= 0:
        raise bad_request(f"{name} is a time in seconds since 1970")
    return moment


def _position_of(body: Body, name: str) -> Position | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be an object")
    return Position(protocol.number_of(value, "offset"), protocol.text_of(value, "epoch"))


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
