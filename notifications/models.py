"""Where notifications live. Topics only carry what stands here already.

A notification belongs to one person. An announcement is for everybody: it is one row however many
read it, and what a person has read of them is one position.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from notifications.kinds import MAX_NAME_LENGTH
from notifications.links import MAX_LENGTH as MAX_LINK_LENGTH
from notifications.links import check_link
from notifications.removal import Removable

MAX_VERB_LENGTH = 120
MAX_TARGET_LENGTH = 200
MAX_ANNOUNCEMENT_LENGTH = 500


class Notification(models.Model):
    """Something that happened to `recipient`. Ids rise with time: "older" means a smaller one.

    It is told as a sentence: actor, verb, target, such as "mira", "mentioned you in", "Lobby".
    """

    # The composite index below serves the foreign key as well.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        db_index=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    kind = models.CharField(max_length=MAX_NAME_LENGTH)
    verb = models.CharField(max_length=MAX_VERB_LENGTH)
    target = models.CharField(max_length=MAX_TARGET_LENGTH, blank=True)
    url = models.CharField(max_length=MAX_LINK_LENGTH, blank=True, validators=[check_link])
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = Removable.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("recipient", "-id"), name="notifications_page"),
            models.Index(
                fields=("recipient",),
                condition=models.Q(read_at=None),
                name="notifications_unread",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}: {self.verb} {self.target}".rstrip()

    def delete(
        self,
        using: str | None = None,
        keep_parents: bool = False,  # noqa: FBT001, FBT002 - Django's own
    ) -> tuple[int, dict[str, int]]:
        """Delete it, and tell its recipient, as `Removable.delete` does for many."""
        return Notification.objects.using(using).filter(pk=self.pk).delete()


class Preference(models.Model):
    """Whether somebody wants notifications of a kind. Without a row the kind's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=MAX_NAME_LENGTH)
    enabled = models.BooleanField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "kind"), name="notifications_preferred_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {'on' if self.enabled else 'off'} for {self.user_id}"


class Announcement(models.Model):
    """Something that everybody should know, told by staff."""

    text = models.CharField(max_length=MAX_ANNOUNCEMENT_LENGTH)
    url = models.CharField(max_length=MAX_LINK_LENGTH, blank=True, validators=[check_link])
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text[:60]


class Reader(models.Model):
    """How far somebody has read the announcements: up to the one with the id `seen`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="announcements_reader",
    )
    seen = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} up to {self.seen}"
