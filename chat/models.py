"""Where the chat lives: rooms, and the messages that must never be lost.

Topics only carry what stands here already. A message keeps its author's name as it was, so that
it still has one when the account is gone.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

MAX_NAME_LENGTH = 150
MAX_CLIENT_ID_LENGTH = 64


class Room(models.Model):
    """A place to talk. Its slug is part of its address and of its topic's name."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One thing somebody said. Ids rise with time, so "older" means a smaller id."""

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
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
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
