"""Django system checks: what is wrong in the settings is said before the server starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from realtime import conf


@register("realtime")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Report each entry of `GOBY` that cannot be used."""
    problems = conf.problems_of(getattr(settings, "GOBY", {}))
    return [
        Error(problem, id=f"realtime.E{number:03}") for number, problem in enumerate(problems, 1)
    ]
