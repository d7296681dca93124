"""Django system checks: what is wrong in the settings is said before the server starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from realtime import conf, credentials
from realtime.api.keys import weaknesses
from realtime.conf import environment
from realtime.exceptions import ConfigurationError


@register("realtime")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Report each entry of `GOBY` and of the environment that cannot be used."""
    mapping, variables = getattr(settings, "GOBY", {}), environment.read()
    problems = conf.problems_of(mapping, variables) or credentials.problems_of(
        conf.resolve(mapping, variables).settings.token_keys
    )
    return [
        Error(problem, id=f"realtime.E{number:03}") for number, problem in enumerate(problems, 1)
    ]


@register("realtime")
def check_environment(**kwargs: Any) -> list[CheckMessage]:
    """Warn of each variable that looks like a setting with a slip of the pen."""
    return [Caution(sentence, id="realtime.W002") for sentence in environment.slips()]


@register("realtime", "security")
def check_api_keys(**kwargs: Any) -> list[CheckMessage]:
    """Report each key of the server API that could be guessed."""
    found = _effective()
    weak = weaknesses(found.api_keys) if found is not None else []
    return [Error(sentence, id="realtime.E100") for sentence in weak]


@register("realtime", "caches")
def check_fragment_cache(**kwargs: Any) -> list[CheckMessage]:
    """Report that fragments would be kept in a cache that is not there."""
    found = _effective()
    if found is None or found.fragment_cache in settings.CACHES:
        return []
    known = ", ".join(settings.CACHES)
    sentence = f'GOBY["FRAGMENT_CACHE"] is "{found.fragment_cache}", and CACHES has only: {known}.'
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
    found = _effective()
    return found is not None and found.insecure


def _effective() -> conf.Settings | None:
    """Return the settings that hold; None where `check_settings` tells what is wrong."""
    try:
        return conf.effective(getattr(settings, "GOBY", {})).settings
    except ConfigurationError:
        return None
