"""Where the chat lives: rooms, how people stand to them, and messages that must never be lost.

Topics only carry what stands here already. A message keeps its author's name as it was, so that
it still has one when the account is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from datetime import datetime

MAX_NAME_LENGTH = 150
MAX_CLIENT_ID_LENGTH = 64


class Room(models.Model):
    """A place to talk. Its slug is part of its address and of its topic's name."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Only for its members. Who else may look in, nobody decides but `chat.access`.
    is_private = models.BooleanField(default=False, db_default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_rooms",
    )

    if TYPE_CHECKING:  # what `chat.access.rooms_of` adds: how one person stands to the room
        my_state: str | None
        my_ban: bool | None
        my_mute: datetime | None
        my_read: int | None
        unread: int

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Standing(models.Model):
    """How one person stands to one room: member or not, muted, banned, and what was read."""

    class State(models.TextChoices):
        """Whether somebody belongs to a private room."""

        NONE = "none", "not a member"
        INVITED = "invited", "invited"
        MEMBER = "member", "member"

    # The unique constraint below serves both foreign keys' lookups that there are.
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, related_name="standings", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_standings"
    )
    state = models.CharField(max_length=10, choices=State, default=State.NONE)
    is_banned = models.BooleanField(default=False)
    muted_until = models.DateTimeField(null=True, blank=True)
    # The newest message that was seen; empty for somebody who has never been there.
    last_read = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("room", "user"), name="chat_one_standing_each"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"


class Message(models.Model):
    """One thing somebody said. Ids rise with time, so "older" means a smaller id.

    What is deleted keeps its place and loses its text.
    """

    # The composite index below serves the foreign key as well.
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="chat_messages",
    )
    author_name = models.CharField(max_length=MAX_NAME_LENGTH)
    text = models.TextField(blank=True)
    # The text as it is shown, made once (see `chat.markup`). Empty for what is older than that.
    html = models.TextField(blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Rises with each change, so that nobody is shown what was kept of an older one.
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Made by the client that sent the message; it makes sending the same one again harmless.
    client_id = models.CharField(max_length=MAX_CLIENT_ID_LENGTH)

    class Meta:
        indexes = (models.Index(fields=("room", "-id"), name="chat_room_newest"),)
        constraints = (
            models.UniqueConstraint(
                fields=("room", "author_name", "client_id"), name="chat_message_sent_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.author_name} in {self.room_id}: {self.text[:40]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the message; one that was there before becomes its next version."""
        if not self._state.adding:
            self.version += 1
        super().save(*args, **kwargs)
