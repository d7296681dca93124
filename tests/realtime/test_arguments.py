"""Arguments of actions: what a handler sees has the types that it wrote."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.arguments import KINDS, Parameter, bind, parameters_of
from realtime.exceptions import CommandError, ConfigurationError
from realtime.protocol import BAD_REQUEST


async def handler(
    client: Unknown,  # type: ignore[name-defined]  # noqa: F821 - as a name for type checkers is
    *,
    text: str,
    count: int = 1,
    ratio: float = 0.5,
    loud: bool = False,
    mark: str | None = None,
    limit: Optional[int] = None,  # noqa: UP045 - the older spelling
    options: dict[str, Any] | None = None,
    tags: list[str] = [],  # noqa: B006 - never changed
    rest: list = [],  # type: ignore[type-arg]  # noqa: B006 - never changed
) -> None:
    """Take one of each kind."""


PARAMETERS = parameters_of(handler)


def one(kind: type, *, nullable: bool = False) -> dict[str, Parameter]:
    return {"x": Parameter(name="x", kind=kind, required=True, nullable=nullable)}


def test_annotations_become_parameters() -> None:
    kinds = {name: (parameter.kind, parameter.nullable) for name, parameter in PARAMETERS.items()}

    assert kinds == {
        "text": (str, False),
        "count": (int, False),
        "ratio": (float, False),
        "loud": (bool, False),
        "mark": (str, True),
        "limit": (int, True),
        "options": (dict, True),
        "tags": (list, False),
        "rest": (list, False),
    }
    assert [name for name, parameter in PARAMETERS.items() if parameter.required] == ["text"]


def test_handler_of_the_client_alone_takes_nothing() -> None:
    def leave(client: object) -> None: ...

    assert parameters_of(leave) == {}


def test_handler_without_client_is_refused() -> None:
    def nothing() -> None: ...

    def keywords(*, text: str) -> None: ...

    for wrong in (nothing, keywords):
        with pytest.raises(ConfigurationError, match=r"takes no client\. Make it the first"):
            parameters_of(wrong)


def unannotated(client: object, *, x) -> None: ...  # type: ignore[no-untyped-def]  # what is tested
def positional(client: object, x: str) -> None: ...
def everything(client: object, **x: str) -> None: ...
def many(client: object, *x: str) -> None: ...
def union(client: object, *, x: int | str) -> None: ...
def wide(client: object, *, x: int | str | None) -> None: ...
def unknown(client: object, *, x: bytes) -> None: ...
def nothing(client: object, *, x: None) -> None: ...


@pytest.mark.parametrize(
    "wrong", [unannotated, positional, everything, many, union, wide, unknown, nothing]
)
def test_argument_of_no_known_kind_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parameters_of(wrong)

    assert str(caught.value) == (
        f"{wrong.__name__}() takes 'x', which is not a keyword-only argument annotated with one "
        "of str, int, float, bool, dict, list."
    )


def test_arguments_that_fit_pass_as_they_are() -> None:
    data = {"text": "hi", "count": 2, "ratio": 1.5, "loud": True, "tags": ["a"], "options": {}}

    assert bind(PARAMETERS, data, textual=False) == data


def test_arguments_with_a_default_may_be_missing() -> None:
    assert bind(PARAMETERS, {"text": "hi"}, textual=False) == {"text": "hi"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "bad request: text is missing"),
        ({"text": "hi", "more": 1}, "bad request: there is an unknown argument"),
        ({"text": 1}, "bad request: text must be text"),
        ({"text": None}, "bad request: text must be text"),
        ({"text": "", "count": "1"}, "bad request: count must be a whole number"),
        ({"text": "", "count": True}, "bad request: count must be a whole number"),
        ({"text": "", "count": 1.0}, "bad request: count must be a whole number"),
        ({"text": "", "ratio": "1"}, "bad request: ratio must be a number"),
        ({"text": "", "ratio": True}, "bad request: ratio must be a number"),
        ({"text": "", "loud": 1}, "bad request: loud must be true or false"),
        ({"text": "", "options": []}, "bad request: options must be an object"),
        ({"text": "", "tags": {}}, "bad request: tags must be a list"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        bind(PARAMETERS, data, textual=False)

    assert (caught.value.code, caught.value.message) == (BAD_REQUEST, message)


def test_whole_number_is_a_number() -> None:
    bound = bind(one(float), {"x": 2}, textual=False)

    assert bound == {"x": 2.0}
    assert type(bound["x"]) is float


@pytest.mark.parametrize("kind", sorted(KINDS, key=str))
def test_null_is_for_nullable_arguments_alone(kind: type) -> None:
    assert bind(one(kind, nullable=True), {"x": None}, textual=False) == {"x": None}
    with pytest.raises(CommandError):
        bind(one(kind), {"x": None}, textual=False)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "", ""),
        (str, "5", "5"),
        (int, "42", 42),
        (int, "-1", -1),
        (float, "2.5", 2.5),
        (bool, "on", True),
        (bool, "True", True),
        (bool, "1", True),
        (bool, "off", False),
        (bool, "FALSE", False),
        (bool, "0", False),
        (bool, "", False),
    ],
)
def test_form_sends_text_for_every_kind(kind: type, text: str, value: object) -> None:
    bound = bind(one(kind), {"x": text}, textual=True)

    assert bound == {"x": value}
    assert type(bound["x"]) is kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, ""),
        (int, "1.5"),
        (int, "one"),
        (int, "9" * 400),
        (int, "9" * 5000),
        (float, "x"),
        (float, "nan"),
        (float, "-inf"),
        (bool, "maybe"),
        (dict, "{}"),
        (list, "[]"),
    ],
)
def test_text_that_means_nothing_is_refused(kind: type, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        bind(one(kind), {"x": text}, textual=True)

    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize(("kind", "value"), [(str, ""), (int, None), (bool, None), (dict, None)])
def test_empty_text_is_null_where_that_is_allowed(kind: type, value: object) -> None:
    assert bind(one(kind, nullable=True), {"x": ""}, textual=True) == {"x": value}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    data=st.dictionaries(st.sampled_from([*PARAMETERS, "more"]), JSON, max_size=4),
    textual=st.booleans(),
)
def test_handler_sees_its_types_or_nothing(data: dict[str, Any], *, textual: bool) -> None:
    try:
        bound = bind(PARAMETERS, data, textual=textual)
    except CommandError:
        return
    assert bound.keys() == data.keys()
    for name, value in bound.items():
        known = PARAMETERS[name]
        assert type(value) is known.kind or (value is None and known.nullable)
