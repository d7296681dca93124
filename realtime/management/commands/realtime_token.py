"""`manage.py realtime_token`: make a token to try the Data socket with, or say what is wrong."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from realtime import registry
from realtime.exceptions import ConfigurationError, InvalidTopicError, TermsError, TokenError
from realtime.identity import identify
from realtime.router import validate_topic

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.core.management.base import CommandParser

    from realtime.claims import Claims
    from realtime.terms import Terms


# A thousand years; beyond it there are no dates.
LONGEST_TTL = 1000 * 365.0 * 86_400


class Command(BaseCommand):
    """Make and check connection and subscription tokens."""

    help = "Make a token for the Data socket, or check one. Keep what it prints to yourself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the two sub-commands."""
        actions = parser.add_subparsers(dest="action", required=True)
        _add_make_arguments(actions.add_parser("make", help="print a new token"))
        check = actions.add_parser("check", help="say what a token says and whether it is good")
        check.add_argument("token", help='the token, or "-" to read it from standard input')

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Do what was asked for; end with a sentence where that cannot be."""
        try:
            if action == "make":
                self._make(options)
            else:
                self._check(options["token"])
        except (ConfigurationError, InvalidTopicError, TermsError, TokenError) as error:
            raise CommandError(str(error)) from None

    def _make(self, options: dict[str, Any]) -> None:
        claims: dict[str, Any] = {"sub": options["user"]}
        if options["topic"]:
            claims["channel"] = validate_topic(options["topic"])
        if options["follow"]:
            claims["channels"] = [validate_topic(topic) for topic in options["follow"]]
        if options["topic"] and options["follow"]:
            raise CommandError("--follow is for connection tokens. Leave out --topic.")
        if options["info"]:
            claims["info"] = _parsed(options["info"])
        engine = registry.engine()
        ttl = options["ttl"] or engine.settings.token_ttl
        self.stdout.write(engine.keyring.sign(claims, ttl=ttl))

    def _check(self, token: str) -> None:
        text = (sys.stdin.read() if token == "-" else token).strip()  # noqa: S105 - no password
        engine = registry.engine()
        claims = engine.keyring.either(text)
        allow_unknown = engine.settings.allow_unknown_users
        async_to_sync(identify)(claims, allow_unknown=allow_unknown)
        for topic, terms in {claims.topic: claims.terms, **claims.topics}.items():
            _check_topic(topic, terms)
        for line in _lines(claims):
            self.stdout.write(line)


def _add_make_arguments(make: ArgumentParser) -> None:
    make.add_argument("--user", default="", help="the user's id; without one it is for a guest")
    make.add_argument("--topic", default="", help="make a subscription token for this topic")
    make.add_argument("--follow", nargs="+", metavar="TOPIC", help="subscribe to these at connect")
    make.add_argument("--ttl", type=_seconds, help="seconds it is good (default: TOKEN_TTL)")
    make.add_argument("--info", default="", help="JSON that others see beside the user's id")


def _check_topic(topic: str, terms: Terms) -> None:
    resolved = registry.catalog.resolve(topic)
    if resolved is not None:
        resolved.options.check_override(terms.override)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if 1 <= seconds <= LONGEST_TTL:
        return seconds
    raise ArgumentTypeError("it is a number of seconds, at least 1. Write for example 600.")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise CommandError('--info is no JSON. Write for example \'{"name": "Ada"}\'.') from None


def _lines(claims: Claims) -> list[str]:
    kind, until = "subscription" if claims.topic else "connection", "for ever"
    if claims.expires_at is not None:
        until = f"until {datetime.fromtimestamp(claims.expires_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return [
        f"Good: a {kind} token, {until}.",
        f"user: {claims.user or '(guest)'}",
        *([f"topic: {claims.topic}"] if claims.topic else []),
        *([f"follows: {', '.join(claims.topics)}"] if claims.topics else []),
        *([f"info: {json.dumps(claims.info)}"] if claims.info is not None else []),
        *(["issued to a session: yes"] if claims.session else []),
    ]
