"""The plain HTTP addresses of the engine: `path("realtime/", include("realtime.urls"))`."""

from __future__ import annotations

from django.urls import path

from realtime.asyncapi.views import asyncapi
from realtime.views import token

app_name = "realtime"
urlpatterns = [
    path("token/", token, name="token"),
    path("asyncapi.json", asyncapi, name="asyncapi"),
]
