"""Django's system check: what is wrong in the settings is said before the server starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from presence import conf


@register("presence")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Report each entry of `PRESENCE` that cannot be used."""
    problems = conf.problems_of(getattr(settings, "PRESENCE", {}))
    return [
        Error(problem, id=f"presence.E{number:03}") for number, problem in enumerate(problems, 1)
    ]
