"""Removing notifications, which shows on all open pages of the people to whom they belonged.

Rows go by the admin, by an app's own code and by pruning, and all of these end in
`QuerySet.delete`. Only those that go with their recipient do not: then nobody is left to tell.
"""

from __future__ import annotations

from typing import Any

from django.db import models, transaction


class Removable(models.QuerySet[Any]):
    """Notifications that do not go silently."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete them, and tell each person once, when the running transaction commits."""
        from notifications.delivery import Event, deliver  # needs the models

        gone: dict[Any, list[int]] = {}
        with transaction.atomic(using=self.db):
            for recipient, pk in self.order_by("pk").values_list("recipient", "pk"):
                gone.setdefault(recipient, []).append(pk)
            deleted = super().delete()
            deliver({user: Event({"event": "deleted", "ids": ids}) for user, ids in gone.items()})
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own
    delete.queryset_only = True  # type: ignore[attr-defined]  # `objects.delete()` would be too easy
