"""`manage.py realtime_asyncapi` prints the document."""

from __future__ import annotations

import io
import json

from django.core.management import call_command

from realtime.asyncapi import document


def run(*arguments: str) -> str:
    """Run the command, and return what it printed."""
    out = io.StringIO()
    call_command("realtime_asyncapi", *arguments, stdout=out)
    return out.getvalue()


def test_document_is_printed_on_one_line() -> None:
    printed = run()

    assert json.loads(printed) == document(host="localhost:8000", secure=False)
    assert printed.count("\n") == 1


def test_document_is_indented_and_for_the_site_that_is_asked_for() -> None:
    printed = run("--indent", "2", "--host", "example.com", "--secure")

    assert printed.startswith('{\n  "asyncapi": "3.0.0"')
    assert json.loads(printed) == document(host="example.com", secure=True)
