"""The name of somebody who comes: known with the connection, so that no database is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime import registry

if TYPE_CHECKING:
    from realtime.message import ClientInfo


def name_of(info: ClientInfo) -> str:
    """Return by what name others see this client's user; empty for a guest.

    The user was loaded when the connection was let in. Of a connection that is not of this
    process only the id is known.
    """
    if not info.user:
        return ""
    for connection in registry.engine().connections.of(info.user, info.client):
        client = getattr(connection.host, "client", None)
        if client is not None:
            return str(client.user.get_username())
    return info.user
