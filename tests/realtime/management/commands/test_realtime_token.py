"""`manage.py realtime_token` makes tokens that are good, and says of others why they are not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from realtime import registry
from tests.threads import close_connections_of_the_worker_thread
from tests.tokens import KEYS, OTHER_SECRET, mint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def site(settings: Settings) -> Iterator[Settings]:
    """A site with a key."""
    settings.GOBY = {"PROFILE": "production", "TOKEN_KEYS": KEYS, "TOKEN_TTL": 90}
    close_connections_of_the_worker_thread()
    registry.reset()
    yield settings
    registry.reset()
    close_connections_of_the_worker_thread()


def run(*arguments: Any) -> str:
    """Run the command, and return what it printed."""
    out = io.StringIO()
    call_command("realtime_token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_made_token_is_a_connection_token_for_the_usual_time() -> None:
    claims = registry.engine().keyring.connection(run("make", "--user", "42"))

    assert (claims.user, claims.ttl() in {89, 90}) == ("42", True)


def test_made_token_says_what_the_options_say() -> None:
    token = run("make", "--ttl", "7", "--info", '{"name":"Ada"}', "--follow", "a", "b")

    claims = registry.engine().keyring.connection(token)

    assert (claims.user, claims.info, list(claims.topics)) == ("", {"name": "Ada"}, ["a", "b"])
    assert claims.ttl() in {6, 7}


@pytest.mark.parametrize("ttl", ["0", "-5", "0.4", "nan", "inf", "1e300", "soon"])
def test_token_for_no_time_at_all_or_for_ever_is_not_made(ttl: str) -> None:
    with pytest.raises(CommandError, match="argument --ttl: it is a number of seconds, at least 1"):
        run("make", f"--ttl={ttl}")


def test_made_token_with_a_topic_is_a_subscription_token() -> None:
    claims = registry.engine().keyring.subscription(run("make", "--user", "7", "--topic", "$a"))

    assert (claims.user, claims.topic) == ("7", "$a")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--info", "{"], "--info is no JSON"),
        (["--topic", "a b"], "A topic is made of words"),
        (["--follow", "a", "b c"], "A topic is made of words"),
        (["--topic", "a", "--follow", "b"], "--follow is for connection tokens"),
    ],
)
def test_token_that_makes_no_sense_is_not_made(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("make", *arguments)


def test_site_without_a_key_says_what_to_write(site: Settings) -> None:
    site.GOBY = {}
    registry.reset()

    with pytest.raises(CommandError, match='Write one into GOBY\\["TOKEN_KEYS"\\]'):
        run("make")


def test_checked_token_is_told_in_full() -> None:
    User.objects.create_user("ada", pk=42)
    lines = run("check", mint(sub="42", info={"a": 1}, channels=["a", "b"])).splitlines()

    assert lines[0].startswith("Good: a connection token, until 20")
    assert lines[1:] == ["user: 42", "follows: a, b", 'info: {"a": 1}']


def test_checked_subscription_token_names_its_topic() -> None:
    lines = run("check", mint(channel="$a", ttl=None)).splitlines()

    assert lines == ["Good: a subscription token, for ever.", "user: (guest)", "topic: $a"]


def test_checked_token_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{mint()}\n"))

    assert run("check", "-").startswith("Good: a connection token")


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (mint(key=OTHER_SECRET), "The signature is wrong."),
        (mint(ttl=-1), "The token has expired."),
        (mint(channel="a", channels=["b"]), "claims that are not known here: channels."),
        (mint(sub="42"), "The token's user does not exist."),
        ("nonsense", "The token is malformed."),
    ],
    ids=["signature", "expired", "claims", "user", "nonsense"],
)
def test_checked_token_that_is_not_good_is_refused_with_the_reason(
    token: str, sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("check", token)


def test_checked_token_that_asks_its_topic_for_too_much_is_refused_with_the_reason() -> None:
    hidden, counted = ({"presence": {"value": value}} for value in (False, True))
    room = "notifications#42"

    assert run("check", mint(channel=room, override=hidden)).startswith("Good")
    assert run("check", mint(subs={"no.such": {"override": counted}})).startswith("Good")
    for claims in ({"channel": room, "override": counted}, {"subs": {room: {"override": counted}}}):
        with pytest.raises(CommandError, match="declared without what presence asks for"):
            run("check", mint(**claims))
