"""The engine's logger has the level of the profile, unless the site gave it one."""

from __future__ import annotations

import logging
import uuid

import pytest

from realtime.log_level import set_log_level


@pytest.fixture
def logger() -> logging.Logger:
    """A logger that nobody else knows."""
    return logging.Logger(uuid.uuid4().hex)


@pytest.mark.parametrize(
    ("profile", "level"),
    [("development", logging.DEBUG), ("production", logging.INFO), ("high_scale", logging.WARNING)],
)
def test_logger_has_the_level_of_the_profile(
    profile: str, level: int, logger: logging.Logger
) -> None:
    set_log_level({"PROFILE": profile}, logger)

    assert logger.level == level


def test_level_of_the_environment_counts(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOBY_LOG_LEVEL", "ERROR")

    set_log_level({"LOG_LEVEL": "DEBUG"}, logger)

    assert logger.level == logging.ERROR


def test_level_that_the_site_gave_stays(logger: logging.Logger) -> None:
    logger.setLevel(logging.CRITICAL)

    set_log_level({"LOG_LEVEL": "DEBUG"}, logger)

    assert logger.level == logging.CRITICAL


def test_wrong_settings_leave_the_logger_alone(logger: logging.Logger) -> None:
    set_log_level({"LOG_LEVEL": "loud"}, logger)

    assert logger.level == logging.NOTSET


def test_logger_of_this_process_has_its_level() -> None:
    assert logging.getLogger("realtime").level == logging.DEBUG  # the tests' profile
