"""What goes over a Data socket, checked against the document while it goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from tests.wire import DATA, DataWire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.wire import Application


class Checker:
    """Asserts that messages fit the document, and remembers which of its messages it has seen."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.components: Any = strict(document["components"])
        self.seen: set[str] = set()

    def check(self, message: str, value: object) -> None:
        """Assert that a value is the message that the document calls so, and nothing more."""
        self.seen.add(message)
        path = f"#/components/messages/{message}/payload"
        schema = {"$ref": path, "components": self.components}
        errors = [error.message for error in Draft7Validator(schema).iter_errors(value)]
        assert errors == [], (message, value)


def strict(part: Any) -> Any:
    """Return a copy of a schema in which every object refuses keys that it does not name."""
    if isinstance(part, list):
        return [strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {"additionalProperties": False} if isinstance(part.get("properties"), dict) else {}
    return {**closed, **{key: strict(value) for key, value in part.items()}}


def references(part: Any) -> Iterator[str]:
    """Go through all references within a part of the document."""
    if isinstance(part, list):
        for each in part:
            yield from references(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)


class CheckedWire(DataWire):
    """A client of the Data socket that checks all it says and all it hears."""

    def __init__(self, application: Application, checker: Checker) -> None:
        super().__init__(application, DATA)
        self.checker = checker

    def send_text(self, text: str) -> None:
        """Let a text frame come in, each line of which must be a command or a pong."""
        for line in text.split("\n"):
            command = json.loads(line)
            name = next((key for key in command if key != "id"), "heartbeat")
            self.checker.check(name, command)
        super().send_text(text)

    async def next(self) -> dict[str, Any]:
        """Return the next object, which must be a reply, a push or a ping."""
        heard = await super().next()
        self.checker.check(_name_of(heard), heard)
        return heard


def _name_of(heard: Mapping[str, Any]) -> str:
    if not heard:
        return "heartbeat"
    if "push" in heard:
        kind = next(key for key in heard["push"] if key != "channel")
        return f"push.{kind}"
    name = next(key for key in heard if key != "id")
    return name if name == "error" else f"{name}.reply"
