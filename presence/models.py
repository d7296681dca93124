"""What outlives the process: when somebody was last seen."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class LastSeen(models.Model):
    """The last time somebody came or went. Written in batches: see `seen`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="last_seen"
    )
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "last seen"

    def __str__(self) -> str:
        return f"{self.user} at {self.at:%Y-%m-%d %H:%M}"
