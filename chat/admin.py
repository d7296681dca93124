"""Rooms, people in them, and messages in Django's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q

from chat.models import Message, Room, Standing

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class StandingInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    """Members, mutes and bans can be seen here, no more.

    Who moderates does so in the room itself, which takes effect on open connections.
    """

    model = Standing
    fields = readonly_fields = ("user", "state", "is_banned", "muted_until")
    can_delete = False
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Standing]:
        """Leave out those of whom there is nothing to say but what they have read."""
        plain = Q(state=Standing.State.NONE, is_banned=False, muted_until=None)
        return super().get_queryset(request).exclude(plain).select_related("user")


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Rooms are made and described here. Public ones stay public: people are in there by now."""

    list_display = ("name", "slug", "description", "is_private", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("owner",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 - Django's own attribute
    inlines = (StandingInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> tuple[str, ...]:
        """Return what can be said of a new room alone."""
        return () if obj is None else ("is_private",)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Messages can be found and removed here; they are not written here."""

    list_display = ("created_at", "room", "author_name", "text")
    list_filter = ("room",)
    list_select_related = ("room",)
    search_fields = ("author_name", "text")
    readonly_fields = tuple(field.name for field in Message._meta.fields)
    # Counting a long table twice for one page costs more than the number is worth.
    show_full_result_count = False
