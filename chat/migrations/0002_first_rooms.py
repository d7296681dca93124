"""The rooms that a new site starts with, so that there is somewhere to talk at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps

ROOMS = (
    ("lobby", "Lobby", "Where everybody comes in."),
    ("random", "Random", "Whatever else is on your mind."),
)


def make_rooms(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make what is missing. A room that exists is left as it is."""
    rooms = apps.get_model("chat", "Room").objects
    for slug, name, description in ROOMS:
        rooms.get_or_create(slug=slug, defaults={"name": name, "description": description})


def remove_empty_rooms(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Undo `make_rooms`, but never throw away what somebody wrote."""
    rooms = apps.get_model("chat", "Room").objects
    rooms.filter(slug__in=[slug for slug, _, _ in ROOMS], messages__isnull=True).delete()


class Migration(migrations.Migration):
    """Comes after the tables, and can be taken back."""

    dependencies = (("chat", "0001_rooms_and_messages"),)
    operations = (migrations.RunPython(make_rooms, remove_empty_rooms),)
