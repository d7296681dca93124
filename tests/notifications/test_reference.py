"""The page of reference says what the code says."""

from __future__ import annotations

from django.apps import apps

from notifications import batches, kinds, links, listing, models, pruning
from realtime import actions
from tests.docs.pages import read, rows


def cells() -> dict[str, list[str]]:
    return {row[0].strip("`"): row[1:] for row in rows(read("reference/notifications.md"))}


def test_reference_has_every_action_with_its_arguments() -> None:
    documented = cells()
    names = [name for name in actions._actions if name.startswith("notifications.")]

    assert names
    for name in names:
        arguments = documented[name][0]
        assert [one for one in actions.find(name).parameters if f"`{one}:" not in arguments] == []


def test_reference_has_every_model_with_its_fields() -> None:
    documented = cells()

    for model in apps.get_app_config("notifications").get_models():
        fields = {field.name for field in model._meta.get_fields()} - {"id"}
        written = documented[model.__name__][0].replace("`", "").split(", ")
        assert set(written) == fields


def test_reference_has_every_bound() -> None:
    documented = {name: row[0] for name, row in cells().items()}

    kept = documented["notifications kept of one person"]
    assert kept == f"{pruning.KEPT}; then they are brought down to {pruning.LEFT}"
    assert documented["notifications on a page, or in an answer"] == str(listing.PAGE_SIZE)
    assert documented["announcements on the page"] == str(listing.ANNOUNCEMENTS)
    assert documented["verb"] == f"{models.MAX_VERB_LENGTH} characters"
    assert documented["target"] == f"{models.MAX_TARGET_LENGTH} characters"
    assert documented["url"] == f"{links.MAX_LENGTH} characters"
    assert documented["text of an announcement"] == f"{models.MAX_ANNOUNCEMENT_LENGTH} characters"
    assert documented["name of a kind"] == f"{kinds.MAX_NAME_LENGTH} characters"
    assert documented["recipients of `notify` in one batch"] == str(batches.BATCH)
