"""Notifications in Django's admin, where announcements are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from notifications import announcements
from notifications.models import Announcement, Notification, Preference, Reader

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Announcements are made here; a saved one is shown on all open pages."""

    list_display = ("created_at", "text", "author")
    list_select_related = ("author",)
    search_fields = ("text",)
    readonly_fields = ("author", "created_at")

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        """Keep who made it, and show it once it is committed."""
        if not change:
            obj.author_id = request.user.pk
        super().save_model(request, obj, form, change)
        announcements.publish(obj)

    def delete_model(self, request: HttpRequest, obj: Announcement) -> None:
        """Take it off all open pages, too."""
        announcements.withdraw(Announcement.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        """Take them off all open pages, too."""
        announcements.withdraw(queryset)


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Notifications can be found and removed here; apps make them."""

    list_display = ("created_at", "recipient", "actor", "kind", "verb", "target", "read_at")
    list_filter = ("kind",)
    list_select_related = ("recipient", "actor")
    search_fields = ("recipient__username", "target")
    # Counting a long table twice for one page costs more than the number is worth.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a notification is made by `notify`, which also delivers it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        """Return False: what it says was delivered, and reading it is for its recipient."""
        return False


@admin.register(Preference)
class PreferenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """What people want to be notified of."""

    list_display = ("user", "kind", "enabled")
    list_filter = ("kind", "enabled")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    raw_id_fields = ("user",)


@admin.register(Reader)
class ReaderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """How far people have read the announcements."""

    list_display = ("user", "seen")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    raw_id_fields = ("user",)
