"""The thread in which sync code runs below an event loop, as far as tests must look after it."""

from __future__ import annotations

from asgiref.sync import SyncToAsync
from django.db import connections


def close_connections_of_the_worker_thread() -> None:
    """Close what that thread has open in the database.

    It outlives a test, and would ask a connection from an earlier one whether it is still good,
    which pytest-django takes for a use of the database.
    """
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
