"""Django system checks: what is wrong in the settings is said before the server starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

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


@register("realtime", "caches")
def check_fragment_cache(**kwargs: Any) -> list[CheckMessage]:
    """Report that fragments would be kept in a cache that is not there."""
    goby = getattr(settings, "GOBY", {})
    alias = goby.get("FRAGMENT_CACHE", "default")
    if not isinstance(alias, str) or alias in settings.CACHES:
        return []
    known = ", ".join(settings.CACHES)
    sentence = f'GOBY["FRAGMENT_CACHE"] is "{alias}", and CACHES has only: {known}.'
    return [Error(sentence, id="realtime.E102")]


HINT = "Leave it out before anybody but you can reach this site."


@register("realtime", "security")
def check_insecure(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a site whose topics are open to everybody."""
    return [Caution(conf.OPEN_TO_ALL, hint=HINT, id="realtime.W001")] if _is_insecure() else []


@register("realtime", "security", deploy=True)
def check_insecure_deployment(**kwargs: Any) -> list[CheckMessage]:
    """Report that such a site is no site to deploy."""
    return [Error(conf.OPEN_TO_ALL, hint=HINT, id="realtime.E101")] if _is_insecure() else []


def _is_insecure() -> bool:
    # Whoever wrote anything but False may think that it is on.
    return bool(getattr(settings, "GOBY", {}).get("INSECURE", False))
