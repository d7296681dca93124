"""Clients of the Data socket that speak the binary form of its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.protobuf import frame_of, object_of, replies_of
from tests.wire import DATA, DataWire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.wire import Application


class ProtobufWire(DataWire):
    """A client that says by a subprotocol what it speaks."""

    subprotocols: tuple[str, ...] = ("centrifuge-protobuf",)

    def __init__(
        self, application: Application, path: str = DATA, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(application, path, headers)
        self.scope["subprotocols"] = list(self.subprotocols)
        self.patched: set[str] = set()  # topics of which it gets patches
        self._topics: dict[int, str] = {}  # of subscribe commands, by their ids

    def send(self, *objects: Mapping[str, Any]) -> None:
        """Send commands, and empty objects for pongs, as one frame."""
        for each in objects:
            if "subscribe" in each:
                self._topics[each["id"]] = each["subscribe"].get("channel", "")
        self.send_bytes(frame_of(*objects))

    def read(self, event: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the objects of a frame that came."""
        found = []
        for reply in replies_of(event["bytes"]):
            if reply.subscribe.delta:
                self.patched.add(self._topics[reply.id])
            found.append(object_of(reply, texts=reply.push.channel in self.patched))
        return found


class QueryWire(ProtobufWire):
    """A client that cannot name a subprotocol, and says in the address what it speaks."""

    subprotocols = ()

    def __init__(
        self, application: Application, path: str = DATA, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(application, f"{path}?format=protobuf", headers)


# Both forms of the protocol: what holds in one holds in the other.
FORMS = (DataWire, ProtobufWire)

# For tests of what only one form can say.
text_only = pytest.mark.parametrize("form", [DataWire], ids=["json"])
binary_only = pytest.mark.parametrize("form", [ProtobufWire], ids=["protobuf"])


def in_both_forms() -> Any:
    """Return the fixture `form` for where each test is to speak one form and then the other."""

    @pytest.fixture(params=FORMS, ids=["json", "protobuf"])
    def form(request: pytest.FixtureRequest) -> type[DataWire]:
        """The form of its protocol in which a test speaks with the Data socket."""
        wire: type[DataWire] = request.param
        return wire

    return form
