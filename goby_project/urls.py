"""Where a request goes: the admin, the server API, the apps, and the chat at the root."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("realtime.api.urls")),
    path("realtime/", include("realtime.urls")),
    path("notifications/", include("notifications.urls")),
    path("", include("chat.urls")),
]
