"""Rooms and messages in Django's admin."""

from __future__ import annotations

from django.contrib import admin

from chat.models import Message, Room


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Rooms are made and described here."""

    list_display = ("name", "slug", "description", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 - Django's own attribute


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Messages can be found and removed here; they are not written here."""

    list_display = ("created_at", "room", "author_name", "text")
    list_filter = ("room",)
    list_select_related = ("room",)
    search_fields = ("author_name", "text")
    readonly_fields = ("room", "author", "author_name", "client_id", "created_at")
    # Counting a long table twice for one page costs more than the number is worth.
    show_full_result_count = False
