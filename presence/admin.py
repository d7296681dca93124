"""When people were last seen, in Django's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from presence.models import LastSeen

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(LastSeen)
class LastSeenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """To be read. The server writes it, and would write over what somebody changed."""

    list_display = ("user", "at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    date_hierarchy = "at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: LastSeen | None = None) -> bool:
        """Nobody changes one by hand."""
        return False
