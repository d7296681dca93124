"""From which level on the engine's logger writes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from realtime import conf
from realtime.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_log_level(goby: Mapping[str, Any], logger: logging.Logger) -> None:
    """Give the logger the `LOG_LEVEL` of these settings, unless `LOGGING` gave it a level.

    Settings that are wrong are told of elsewhere.
    """
    if logger.level != logging.NOTSET:
        return
    try:
        logger.setLevel(conf.effective(goby).settings.log_level)
    except ConfigurationError:
        return
