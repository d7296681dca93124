"""Who may do what: by name, and by the site's own functions."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from realtime.client import Client
from realtime.exceptions import ConfigurationError
from realtime.permissions import NAMED, allowed, check_permission
from tests.threads import close_connections_of_the_worker_thread

GUEST = Client(id="1", socket="data", user=AnonymousUser())
MEMBER = Client(id="2", socket="data", user=User(pk=1, username="ada"))
STAFF = Client(id="3", socket="html", user=User(pk=2, username="bob", is_staff=True))


@pytest.fixture(autouse=True)
def _worker_thread() -> None:
    close_connections_of_the_worker_thread()


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("anyone", [GUEST, MEMBER, STAFF]),
        ("signed_in", [MEMBER, STAFF]),
        ("staff", [STAFF]),
        ("nobody", []),
    ],
)
async def test_named_permission_allows_whom_its_name_says(name: str, who: list[Client]) -> None:
    assert [client for client in (GUEST, MEMBER, STAFF) if await allowed(name, client)] == who


def test_every_named_permission_is_tested() -> None:
    assert set(NAMED) == {"anyone", "signed_in", "staff", "nobody"}


async def test_async_function_gets_the_client_and_the_parameters() -> None:
    asked: list[Any] = []

    async def may(client: Client, **parameters: str) -> bool:
        asked.append((client, parameters))
        return True

    assert await allowed(may, MEMBER, slug="lobby")
    assert asked == [(MEMBER, {"slug": "lobby"})]


async def test_sync_function_runs_in_a_thread_where_it_may_wait() -> None:
    here = threading.get_ident()

    def may(_client: Client, *, slug: str) -> bool:
        return threading.get_ident() != here and slug == "lobby"

    assert await allowed(may, MEMBER, slug="lobby")
    assert not await allowed(may, MEMBER, slug="random")


async def test_coroutine_that_a_function_returns_is_awaited_and_not_taken_for_true() -> None:
    async def no(_client: Client) -> bool:
        return False

    assert not await allowed(lambda client: no(client), MEMBER)


@pytest.mark.parametrize(("answer", "expected"), [(1, True), ([], False), (None, False)])
async def test_answer_counts_by_its_truth(answer: object, *, expected: bool) -> None:
    assert await allowed(lambda client: answer, MEMBER) is expected


@pytest.mark.parametrize("permission", ["everyone", "", 5, None, True])
def test_what_is_no_permission_is_refused_when_it_is_declared(permission: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is no permission\. Write one of anyone"):
        check_permission(permission)


@pytest.mark.parametrize("permission", ["nobody", lambda client: True])
def test_permission_is_accepted_when_it_is_declared(permission: Any) -> None:
    check_permission(permission)
