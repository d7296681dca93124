"""The reference says what the code says: every key, default, name, counter, code and flag."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields

import realtime
from realtime import conf, exceptions, protocol, routing, sentences
from realtime.api import methods
from realtime.api.views import LARGEST_BODY
from realtime.asyncapi import document
from realtime.consumers import emulation, exchange, html, streams
from realtime.instrumentation import Instrumentation
from realtime.management.commands import serve
from tests.docs.pages import PROJECT, first_cells, headings, read, rows

PROFILES = ("development", "production", "high_scale")
SETTINGS = {item.name.upper(): item for item in fields(conf.Settings)}


def documented_settings() -> dict[str, list[str]]:
    """Return the cells that follow each key."""
    keys = [row for row in rows(read("reference/settings.md")) if row[0].startswith("`")]
    return {row[0].strip("`"): row[1:] for row in keys}


def plain(value: object) -> object:
    """Return a default as the page writes it."""
    return list(value) if isinstance(value, tuple) else value


def test_settings_page_has_every_key_with_the_default_of_each_profile() -> None:
    documented = {
        key: [ast.literal_eval(cell) for cell in cells[2:]]
        for key, cells in documented_settings().items()
    }

    assert documented == {
        key: [plain(getattr(conf.PROFILES[profile], item.name)) for profile in PROFILES]
        for key, item in SETTINGS.items()
    }


def test_settings_page_has_the_type_of_every_key() -> None:
    spelt = {"tuple[str, ...]": "list of str"}
    types = {key: spelt.get(str(item.type), str(item.type)) for key, item in SETTINGS.items()}

    assert {key: cells[0] for key, cells in documented_settings().items()} == types


def test_settings_page_explains_every_key() -> None:
    explanations = read("reference/settings.md").split("\n## ", 1)[1]

    assert [key for key in SETTINGS if f"`{key}`" not in explanations] == []


def test_profiles_are_those_of_the_code() -> None:
    assert set(conf.PROFILES) == set(serve.PROFILES) == set(PROFILES)
    assert set(PROFILES) <= first_cells(read("how-to/production.md"))


def test_api_page_has_a_heading_for_every_public_name() -> None:
    titles = headings(read("reference/api.md"))

    assert [name for name in realtime.__all__ if f"`{name}`" not in titles] == []


def test_api_page_has_every_error() -> None:
    text = read("reference/api.md")
    errors = [
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, exceptions.RealtimeError)
    ]

    assert [name for name in errors if f"`{name}`" not in text] == []


def test_counters_page_has_exactly_the_counters() -> None:
    documented = first_cells(read("reference/counters.md")) - {"name", "---"}

    assert documented == set(Instrumentation().snapshot())


def test_data_socket_page_has_every_command_and_code() -> None:
    text = read("reference/data-socket.md")
    constants = [
        value
        for name, value in vars(protocol).items()
        if name.isupper() and not name.startswith("MAX_")
    ]
    codes = [value for value in constants if type(value) is int and 100 <= value < 5000]

    assert [command for command in sorted(protocol.COMMANDS) if command not in text] == []
    assert codes, "the codes are constants of the module"
    assert [code for code in codes if str(code) not in first_cells(text)] == []


def test_data_socket_page_has_every_address_and_status_of_the_streams() -> None:
    text = read("reference/data-socket.md")
    addresses = [f"/{pattern.pattern}" for pattern in routing.http_urlpatterns(None)]
    modules = (emulation, exchange, streams)
    code = "".join(inspect.getsource(module) for module in modules)
    statuses = set(re.findall(r"(?:RefusedError|answer|start)\((\d{3})[,)]", code))

    assert {"200", "429"} <= statuses, "a status is the first argument, in the same line"
    assert {*addresses, *statuses} - first_cells(text) == set()


def test_server_api_page_has_a_heading_for_every_method() -> None:
    titles = headings(read("reference/server-api.md"))
    named = {name for title in titles for name in title.split(", ")}

    assert methods.NAMES - named == set()


def test_server_api_page_has_the_limit_of_a_body() -> None:
    assert f"{LARGEST_BODY:,} bytes" in read("reference/server-api.md")


def test_html_socket_page_has_every_sentence_and_close_code() -> None:
    text = read("reference/html-socket.md")
    consumer = html.HTMLConsumer
    closes = [
        html.POLICY_VIOLATION,
        html.PAGE_EXPIRED,
        protocol.MESSAGE_TOO_BIG,
        *(ending.code for ending in (consumer.slow, consumer.failure, consumer.revocation)),
    ]

    assert [code for code in closes if f"\n| {code} |" not in text] == []
    assert [
        code for code, said in sentences.SENTENCES.items() if f"\n| {code} | {said} |" not in text
    ] == []


def test_asyncapi_page_has_every_socket_and_extension() -> None:
    channels = document(host="testserver", secure=False)["channels"]
    extensions = {key for channel in channels.values() for key in channel if key.startswith("x-")}
    sockets = {"dataSocket", "htmlSocket"}

    assert {"x-topic", "x-action"} <= extensions
    assert extensions | sockets <= first_cells(read("reference/asyncapi.md"))


def test_production_page_has_every_flag_of_the_server() -> None:
    text = read("how-to/production.md")
    flags = [flag for flag in serve.UVICORN_FLAGS if flag.startswith("--")]

    assert [flag for flag in flags if f"`{flag}" not in text] == []


def test_commands_page_has_exactly_the_targets_that_make_lists() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\nhelp:\n", 1)[1].split("\n\n", 1)[0]
    targets = re.findall(r'"make ([\w-]+)', recipe)
    documented = re.findall(r"^\| `make ([\w-]+)` \|", read("reference/commands.md"), re.MULTILINE)

    assert set(documented) == {"help", *targets}


def test_environment_page_has_every_variable_of_the_settings() -> None:
    sources = (PROJECT / "goby_project" / "settings").glob("*.py")
    code = "".join(source.read_text(encoding="utf-8") for source in sources)
    variables = set(re.findall(r'env\.\w+\(\s*"(\w+)"', code))

    assert variables, "the settings read the environment by environs"
    assert variables - first_cells(read("reference/environment.md")) == set()
