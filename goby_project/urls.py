"""Where a request goes: the admin, the server API, the apps, and the chat at the root."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

# For who asks for the picture without having read a page. Lazy: its address has a hash in
# production, which is known when the static files are collected.
favicon = RedirectView.as_view(url=lazy(static, str)("chat/goby.svg"))

urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("admin/", admin.site.urls),
    path("api/", include("realtime.api.urls")),
    path("realtime/", include("realtime.urls")),
    path("notifications/", include("notifications.urls")),
    path("", include("chat.urls")),
]
