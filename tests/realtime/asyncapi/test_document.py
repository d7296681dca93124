"""The whole document: of this code, complete, and the same each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from realtime import registry
from realtime.actions import registered
from realtime.asyncapi import document
from realtime.recovery import MAX_PUBLICATIONS
from realtime.routing import websocket_urlpatterns
from realtime.version import VERSION
from tests.realtime.asyncapi.checked import references
from tests.tokens import KEYS

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.wire import Configure


def made_json(*, host: str = "testserver") -> str:
    return json.dumps(document(host=host, secure=False))


def target(whole: dict[str, Any], reference: str) -> Any:
    """Return what a reference leads to."""
    part: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        part = part[unquote(step).replace("~1", "/").replace("~0", "~")]
    return part


def test_document_is_json_and_the_same_each_time(site: None) -> None:
    assert made_json() == made_json()
    assert json.loads(made_json())["asyncapi"] == "3.0.0"


def test_document_says_its_version_and_where_the_site_is() -> None:
    plain, secure = (document(host="example.com", secure=secure) for secure in (False, True))

    assert plain["info"]["version"] == VERSION
    assert plain["servers"]["site"] == {"host": "example.com", "protocol": "ws"}
    assert secure["servers"]["site"]["protocol"] == "wss"


def test_every_topic_and_action_of_the_site_is_a_channel(made: dict[str, Any]) -> None:
    topics = {f"topic.{pattern.text}" for pattern, _ in registry.catalog}
    actions = {f"action.{found.name}" for found in registered()}

    assert {"topic.chat.room.{slug}", "topic.wire.open.{name}"} <= topics
    assert {"action.chat.send", "action.wire.echo"} <= actions
    assert set(made["channels"]) == {"dataSocket", "htmlSocket"} | topics | actions


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    found = list(references(made))

    assert len(found) > 100
    assert [reference for reference in found if not target(made, reference)] == []


def test_operations_refer_to_messages_of_their_own_channel(made: dict[str, Any]) -> None:
    for operation in made["operations"].values():
        for side in filter(None, [operation, operation.get("reply")]):
            channel = side["channel"]["$ref"]
            assert side["messages"]
            assert all(each["$ref"].startswith(f"{channel}/") for each in side["messages"])


def test_addresses_are_those_of_the_routes(made: dict[str, Any]) -> None:
    data, html = made["channels"]["dataSocket"], made["channels"]["htmlSocket"]
    addresses = [*data["parameters"]["path"]["enum"], html["address"].removeprefix("/")]

    assert sorted(addresses) == sorted(str(route.pattern) for route in websocket_urlpatterns)
    assert data["address"] == "/{path}"
    assert data["parameters"]["path"]["default"] == "app/ws/data"


def test_limits_are_those_of_the_settings(goby: Configure) -> None:
    goby(MESSAGE_MAX_SIZE=1234, TOPICS_PER_CONNECTION=7, ALLOW_GUESTS=False)

    channels = document(host="testserver", secure=False)["channels"]

    for name in ("dataSocket", "htmlSocket"):
        limits = channels[name]["x-limits"]
        assert (limits["message_max_size"], limits["topics_per_connection"]) == (1234, 7)
        assert channels[name]["x-guests"] is False
    assert channels["dataSocket"]["x-limits"]["publications_per_reply"] == MAX_PUBLICATIONS


def test_close_codes_are_explained(made: dict[str, Any]) -> None:
    data, html = (made["channels"][name] for name in ("dataSocket", "htmlSocket"))

    assert {"1009", "3008", "3501"} <= set(data["x-close-codes"])
    assert {"1008", "1013", "4401"} <= set(html["x-close-codes"])
    assert all([*data["x-close-codes"].values(), *html["x-close-codes"].values()])
    assert html["x-sentences"]


def test_tokens_are_credentials_only_where_the_site_has_keys(
    goby: Configure, settings: Settings
) -> None:
    settings.SESSION_COOKIE_NAME = "own"
    goby(TOKEN_KEYS={})
    without = document(host="testserver", secure=False)
    goby(TOKEN_KEYS=KEYS)
    with_keys = document(host="testserver", secure=False)

    assert list(without["components"]["securitySchemes"]) == ["session"]
    assert list(with_keys["components"]["securitySchemes"]) == ["session", "token"]
    assert without["components"]["securitySchemes"]["session"]["name"] == "own"
    assert len(with_keys["operations"]["data.connect"]["security"]) == 2
    assert len(with_keys["operations"]["html.form"]["security"]) == 1
    assert "security" not in with_keys["operations"]["data.rpc"]


def test_no_key_is_told(goby: Configure) -> None:
    goby(TOKEN_KEYS=KEYS, API_KEYS=["a-key-of-the-server-api"])

    assert KEYS["one"]["key"] not in made_json()
    assert "a-key-of-the-server-api" not in made_json()
