"""The arguments of an action, checked against its handler's annotations.

Forms send every value as text, so a number or a truth value may come as text from them; programs
on the Data socket must send the right JSON type.
"""

from __future__ import annotations

import inspect
import math
import types
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from realtime.exceptions import CommandError, ConfigurationError
from realtime.protocol import BAD_REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}
TRUTH = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False, "": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument that a handler takes."""

    name: str
    kind: type
    required: bool
    nullable: bool


def parameters_of(handler: Callable[..., Any]) -> dict[str, Parameter]:
    """Return a handler's arguments after the client; raise `ConfigurationError` for others."""
    parameters = list(inspect.signature(handler).parameters.values())
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise ConfigurationError(
            f"{handler.__name__}() takes no client. Make it the first argument."
        )
    rest = parameters[1:]
    # The client's annotation is left out: its name may be imported for type checkers alone.
    annotations = {parameter.name: parameter.annotation for parameter in rest}
    surrogate = types.SimpleNamespace(__annotations__=annotations)
    hints = get_type_hints(surrogate, globalns=handler.__globals__)
    return {parameter.name: _parameter(handler, parameter, hints) for parameter in rest}


def _parameter(
    handler: Callable[..., Any], parameter: inspect.Parameter, hints: Mapping[str, Any]
) -> Parameter:
    kind, nullable = _unwrap(hints.get(parameter.name))
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or kind not in KINDS:
        raise ConfigurationError(
            f"{handler.__name__}() takes {parameter.name!r}, which is not a keyword-only argument "
            f"annotated with one of {', '.join(known.__name__ for known in KINDS)}."
        )
    required = parameter.default is inspect.Parameter.empty
    return Parameter(name=parameter.name, kind=kind, required=required, nullable=nullable)


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in {Union, types.UnionType}:
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return (get_origin(kinds[0]) or kinds[0] if len(kinds) == 1 else None), True
    return get_origin(annotation) or annotation, False


def bind(
    parameters: Mapping[str, Parameter], data: Mapping[str, Any], *, textual: bool
) -> dict[str, Any]:
    """Return the arguments; raise `CommandError` 107 for a missing, unknown or wrong one."""
    unknown = [name for name in data if name not in parameters]
    if unknown:
        raise CommandError(BAD_REQUEST, "bad request: there is an unknown argument")
    missing = [name for name, known in parameters.items() if known.required and name not in data]
    if missing:
        raise CommandError(BAD_REQUEST, f"bad request: {missing[0]} is missing")
    return {name: _convert(parameters[name], data[name], textual=textual) for name in data}


def _convert(parameter: Parameter, value: Any, *, textual: bool) -> Any:
    if value is None and parameter.nullable:
        return None
    if type(value) is parameter.kind:
        return value
    if parameter.kind is float and type(value) is int:
        return float(value)
    if textual and isinstance(value, str):
        return _from_text(parameter, value)
    raise _wrong(parameter)


def _from_text(parameter: Parameter, value: str) -> Any:
    if not value and parameter.nullable:
        return None
    if parameter.kind is bool and value.lower() in TRUTH:
        return TRUTH[value.lower()]
    if parameter.kind in {int, float}:
        with suppress(ValueError, OverflowError):
            number = parameter.kind(value)
            if math.isfinite(number):  # JSON knows no other, and no comparison refuses a NaN
                return number
    raise _wrong(parameter)


def _wrong(parameter: Parameter) -> CommandError:
    return CommandError(
        BAD_REQUEST, f"bad request: {parameter.name} must be {KINDS[parameter.kind]}"
    )
