"""Where the server API stands: below the path at which the site includes this."""

from __future__ import annotations

from django.urls import path

from realtime.api.views import call

app_name = "realtime-api"
urlpatterns = [path("<str:method>", call, name="call")]
