"""Rooms, people in them, and messages in Django's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q

from chat.models import Message, Room, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.forms import ModelForm
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
    inlines = (StandingInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> tuple[str, ...]:
        """Return what can be said of a new room alone; the slug names the topics of open pages."""
        return () if obj is None else ("slug", "is_private")

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Room | None = None
    ) -> dict[str, Sequence[str]]:
        """Return how the slug is made from the name, where it can be written."""
        return {"slug": ("name",)} if obj is None else {}

    def save_model(
        self,
        request: HttpRequest,
        obj: Room,
        form: ModelForm[Room],
        change: bool,  # noqa: FBT001 - Django's own signature
    ) -> None:
        """Save a room, and let the owner of a new one in: into others one is invited."""
        super().save_model(request, obj, form, change)
        if not change and obj.owner_id is not None:
            Standing.objects.create(room=obj, user_id=obj.owner_id, state=Standing.State.MEMBER)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Messages can be found and removed here; they are not written here."""

    list_display = ("created_at", "room", "author_name", "text")
    list_filter = ("room",)
    list_select_related = ("room",)
    search_fields = ("author_name", "text")
    # Counting a long table twice for one page costs more than the number is worth.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return no: a message is written in its room."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Return no: what somebody said is changed by nobody else."""
        return False
