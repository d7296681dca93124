"""The addresses of the notifications. Included below `notifications/`."""

from __future__ import annotations

from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.listing, name="list"),
    path("preferences/", views.choices, name="preferences"),
    path("<int:id>/", views.follow, name="follow"),
]
