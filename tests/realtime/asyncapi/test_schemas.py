"""Schemas derived from the binary form: the types of JSON, and what is required."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator

from realtime.asyncapi import schemas as module
from realtime.asyncapi.schemas import MESSAGES, schemas
from tests.realtime.asyncapi.checked import references


def validator(name: str) -> Draft7Validator:
    """Return what judges values by the schema of this name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}}
    return Draft7Validator(schema)


def test_every_reference_has_its_schema() -> None:
    found = schemas()

    assert {path.rpartition("/")[2] for path in references(found)} <= set(found)


def test_every_message_of_the_binary_form_is_there_but_for_frames_and_what_is_never_sent() -> None:
    frames = {"Command", "Reply", "Push", "EmulationRequest"}
    unsent = {"Message", "Connect"}
    codes = {"CloseCode", "ErrorCode", "UnsubscribeCode"}

    assert set(schemas()) == set(MESSAGES) - frames - unsent | codes


def test_fields_are_those_of_the_binary_form() -> None:
    fields = {field.name for field in MESSAGES["SubscribeResult"].fields}

    assert set(schemas()["SubscribeResult"]["properties"]) == fields


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("Publication", {"data": None}),
        ("Publication", {"data": [1, "two"], "offset": 2**64 - 1, "tags": {"kind": "weather"}}),
        ("ClientInfo", {"client": "c", "conn_info": {"name": "Ada"}, "chan_info": 7}),
        ("ConnectResult", {"client": "c", "version": "1", "subs": {"news": {"offset": 7}}}),
        ("ConnectResult", {"client": "c", "version": "1", "expires": True, "ttl": 60}),
        ("SubscribeResult", {"publications": [{"data": {}, "offset": 1}], "recovered": True}),
        ("HistoryRequest", {"channel": "news", "limit": -1, "since": {"offset": 1}}),
        ("SubscribeRequest", {"unknown": "keys are ignored"}),
    ],
)
def test_value_that_fits_is_valid(name: str, good: Any) -> None:
    assert [error.message for error in validator(name).iter_errors(good)] == []


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("Publication", {}),
        ("Publication", {"data": 1, "offset": "1"}),
        ("Publication", {"data": 1, "offset": -1}),
        ("Publication", {"data": 1, "tags": {"kind": 7}}),
        ("Publication", {"data": 1, "time": "now"}),
        ("ConnectResult", {"client": "c", "version": "1", "expires": True}),
        ("ConnectResult", {"client": "c", "version": "1", "subs": {"news": {"offset": -1}}}),
        ("ConnectRequest", {"subs": ["news"]}),
        ("SubscribeRequest", {"channel": "x" * 256}),
        ("SubscribeRequest", {"recover": 1}),
        ("SubscribeResult", {"publications": {}}),
        ("HistoryRequest", {"limit": 2**31}),
        ("Error", {"code": 100}),
        ("Error", {"code": 99, "message": "no such code"}),
        ("Unsubscribe", {"code": 3000, "reason": "no such code"}),
        ("Disconnect", {"code": 3501}),
    ],
)
def test_value_that_does_not_fit_is_invalid(name: str, bad: Any) -> None:
    assert not validator(name).is_valid(bad)


def test_what_is_known_of_fields_is_of_fields_that_exist() -> None:
    fields = {field.full_name for message in MESSAGES.values() for field in message.fields}
    required = {
        f"goby.{name}.{field}" for name, names in module.REQUIRED.items() for field in names
    }

    assert required | set(module.NOTED) <= fields
    assert set(module.PUSH.fields_by_name) >= module.UNSENT
