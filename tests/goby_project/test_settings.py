"""Each profile under the environment of a process that has just started."""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realtime import conf, credentials

PROJECT = Path(__file__).resolve().parents[2]

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a profile anew: `load("production", HOST="...")`; its files go to `tmp_path`."""

    def fresh(profile: str, **environment: str) -> dict[str, Any]:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("GOBY_")]:
                patch.delenv(name)
            patch.delenv("HOST", raising=False)
            patch.setenv("GOBY_VAR", str(tmp_path))
            for name, value in environment.items():
                patch.setenv(name, value)
            for name in ("base", "development", "production", "high_scale"):
                patch.delitem(sys.modules, f"goby_project.settings.{name}", raising=False)
            module = importlib.import_module(f"goby_project.settings.{profile}")
        return {name: value for name, value in vars(module).items() if name.isupper()}

    return fresh


def test_development_needs_no_configuration(load: Load, tmp_path: Path) -> None:
    settings = load("development")

    assert settings["DEBUG"] is True
    assert conf.problems_of(settings["GOBY"]) == []
    assert credentials.problems_of(settings["GOBY"].pop("TOKEN_KEYS")) == []
    assert settings["GOBY"] == {"PROFILE": "development"}
    assert conf.from_mapping(settings["GOBY"]).allow_guests
    assert settings["INSTALLED_APPS"][0] == "daphne"
    assert settings["DATABASES"]["default"]["NAME"] == tmp_path / "goby.sqlite3"
    assert list(tmp_path.iterdir()) == [], "development leaves no secret key"


@pytest.mark.parametrize("profile", ["development", "production", "high_scale"])
def test_keys_of_the_environment_are_those_for_tokens(
    profile: str, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"one": {"algorithm": "HS256", "key": "x" * 32}}

    settings = load(profile)
    monkeypatch.setenv("GOBY_TOKEN_KEYS", json.dumps(keys))

    assert conf.effective(settings["GOBY"]).settings.token_keys == keys


def test_production_shows_no_debug_pages_and_asks_for_accounts(load: Load) -> None:
    settings = load("production")

    assert "daphne" not in settings["INSTALLED_APPS"], "it takes memory, and serves nothing here"
    assert settings["DEBUG"] is False
    assert settings["GOBY"] == {"PROFILE": "production"}
    assert not conf.from_mapping(settings["GOBY"]).allow_guests
    assert settings["MIDDLEWARE"][:2] == [
        "django.middleware.security.SecurityMiddleware",
        "goby_project.static_files.StaticFilesMiddleware",
    ]


def test_production_makes_one_secret_key_and_keeps_it(load: Load, tmp_path: Path) -> None:
    first = load("production")["SECRET_KEY"]

    assert load("high_scale")["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").read_text() == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_production_takes_the_secret_key_of_the_environment(load: Load, tmp_path: Path) -> None:
    settings = load("production", GOBY_SECRET_KEY="brought along")

    assert settings["SECRET_KEY"] == "brought along"
    assert not (tmp_path / "secret_key").exists()


def test_production_lets_guests_in_when_told(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load("production")
    monkeypatch.setenv("GOBY_ALLOW_GUESTS", "1")

    assert conf.effective(settings["GOBY"]).settings.allow_guests is True


@pytest.mark.parametrize(
    ("variable", "keys"),
    [("", ()), ("one", ("one",)), ("old:one,two", ("old:one", "two"))],
)
def test_keys_of_the_environment_open_the_server_api(
    load: Load, variable: str, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    goby = [load(profile)["GOBY"] for profile in ("development", "production", "high_scale")]
    monkeypatch.setenv("GOBY_API_KEYS", variable)

    assert [conf.effective(one).settings.api_keys for one in goby] == [keys] * 3


def test_high_scale_is_production_with_another_profile_and_a_quieter_log(load: Load) -> None:
    production, high_scale = load("production"), load("high_scale")

    differing = {name for name in production if production[name] != high_scale[name]}
    assert differing == {"GOBY", "LOGGING"}
    assert high_scale["GOBY"]["PROFILE"] == "high_scale"
    assert high_scale["LOGGING"]["loggers"]["chat"] == {"level": "WARNING"}


@pytest.mark.parametrize(
    ("profile", "level"),
    [("development", "DEBUG"), ("production", "INFO"), ("high_scale", "WARNING")],
)
def test_level_of_the_engines_log_is_left_to_the_profile(
    load: Load, profile: str, level: str
) -> None:
    settings = load(profile)

    assert "realtime" not in settings["LOGGING"]["loggers"]
    assert conf.from_mapping(settings["GOBY"]).log_level == level


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, "127.0.0.1", id="default"),
        pytest.param({"HOST": "goby.example"}, "goby.example", id="host"),
        pytest.param({"HOST": "fd00::1"}, "[fd00::1]", id="ipv6 in brackets"),
        pytest.param({"GOBY_ALLOWED_HOSTS": ""}, "127.0.0.1", id="empty counts as unset"),
        pytest.param({"GOBY_ALLOWED_HOSTS": "a.example,b.example"}, "b.example", id="named"),
    ],
)
def test_allowed_hosts(load: Load, environment: dict[str, str], expected: str) -> None:
    assert load("production", **environment)["ALLOWED_HOSTS"][-1] == expected


def test_development_on_every_address_answers_to_every_name(load: Load) -> None:
    assert load("development", HOST="0.0.0.0")["ALLOWED_HOSTS"] == ["*"]  # noqa: S104 - a name
    assert "*" not in load("production", HOST="0.0.0.0")["ALLOWED_HOSTS"]  # noqa: S104 - as above


def test_development_keeps_named_hosts_on_every_address(load: Load) -> None:
    settings = load("development", HOST="::", GOBY_ALLOWED_HOSTS="only.example")

    assert settings["ALLOWED_HOSTS"] == ["only.example"]


@pytest.mark.parametrize("https", [True, False])
def test_https_decides_on_secure_cookies_and_hsts(load: Load, *, https: bool) -> None:
    settings = load("production", GOBY_HTTPS=str(https))

    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is https
    assert bool(settings["SECURE_HSTS_SECONDS"]) is https
    assert bool(settings["SECURE_PROXY_SSL_HEADER"]) is https
    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["SESSION_COOKIE_HTTPONLY"] is True
    assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_content_security_policy_allows_nothing_inline(load: Load) -> None:
    directives = load("development")["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]

    sources = {source for allowed in directives.values() for source in allowed}
    assert sources == {"'self'", "'none'", "data:"}
    assert directives["script-src"] == directives["style-src"] == ["'self'"]


def test_database_may_live_elsewhere(load: Load, tmp_path: Path) -> None:
    elsewhere = tmp_path / "deep" / "inside.sqlite3"

    settings = load("development", GOBY_DATABASE=str(elsewhere))

    assert settings["DATABASES"]["default"]["NAME"] == elsewhere
    assert elsewhere.parent.is_dir()


def test_unreadable_switch_is_one_sentence_at_the_command_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env={**os.environ, "GOBY_HTTPS": "perhaps", "GOBY_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Goby cannot start: ")
    assert "GOBY_HTTPS" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_engine_of_a_process_has_what_its_environment_says(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOBY_")}
    program = (
        "import logging, django; django.setup(); from realtime import registry;"
        "found = registry.engine().settings;"
        "print(found.batch_max_size, found.max_connections, logging.getLogger('realtime').level)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "goby_project.settings.high_scale",
            "GOBY_VAR": str(tmp_path),
            "GOBY_BATCH_MAX_SIZE": "33",
            "GOBY_LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["33", "5000", str(logging.ERROR)]


def test_tests_do_not_see_what_was_meant_for_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOBY_PROFILE", "high_scale")
    monkeypatch.delitem(sys.modules, "goby_project.settings.test")

    importlib.import_module("goby_project.settings.test")

    assert "GOBY_PROFILE" not in os.environ
