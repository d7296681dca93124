"""Django system checks: what is wrong in the settings is said before the server starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from realtime import conf, credentials
from realtime.api.keys import weaknesses


@register("realtime")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Report each entry of `GOBY` that cannot be used."""
    mapping = getattr(settings, "GOBY", {})
    problems = conf.problems_of(mapping) or credentials.problems_of(mapping.get("TOKEN_KEYS", {}))
    return [
        Error(problem, id=f"realtime.E{number:03}") for number, problem in enumerate(problems, 1)
    ]


@register("realtime", "security")
def check_api_keys(**kwargs: Any) -> list[CheckMessage]:
    """Report each key of the server API that could be guessed."""
    goby = getattr(settings, "GOBY", {})
    if conf.problems_of(goby):
        return []
    found = weaknesses(conf.from_mapping(goby).api_keys)
    return [Error(sentence, id="realtime.E100") for sentence in found]
