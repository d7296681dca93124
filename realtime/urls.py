"""The plain HTTP addresses of the engine: `path("realtime/", include("realtime.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime.views import token

app_name = "realtime"
urlpatterns = [path("token/", token, name="token")]
