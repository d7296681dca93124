"""Models that tell of themselves: what is saved is published after the commit, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.test.utils import isolate_apps

from realtime import History, Topic, registry
from realtime import broadcasts as module
from realtime.broadcasts import broadcast, broadcasts
from realtime.exceptions import ConfigurationError, InvalidDataError
from realtime.history import Query
from realtime.testing import serving
from tests.threads import close_connections_of_the_worker_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Declare = Callable[..., type[Group]]

KEEP = History(size=10, ttl=60)


@pytest.fixture(autouse=True)
def _fresh_engine() -> Iterator[None]:
    registry.reset()
    yield
    registry.reset()
    close_connections_of_the_worker_thread()


@pytest.fixture
def topic() -> Iterator[Topic]:
    """Where groups are told of."""
    topic = Topic("broadcasts.{name}", history=KEEP)
    yield topic
    registry.catalog.remove(topic.pattern)


@pytest.fixture
def declare(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Return a function that lets groups tell of themselves, for the length of a test."""
    monkeypatch.setattr(module, "_broadcasts", {})

    def declared(**options: Any) -> type[Group]:
        options.setdefault("data", lambda group: {"name": group.name})
        return broadcasts(lambda _group: topic(name="groups"), **options)(Group)

    yield declared
    post_save.disconnect(module._saved, sender=Group)
    post_delete.disconnect(module._deleted, sender=Group)


def told() -> list[Any]:
    """Return what was published so far."""
    broker: Any = registry.engine().pubsub.broker
    page = broker._store.read("broadcasts.groups", KEEP, Query(limit=100))
    return [publication.data for publication in page.publications]


@pytest.mark.django_db(transaction=True)
def test_each_save_and_delete_is_published(declare: Declare) -> None:
    assert declare() is Group
    with serving():
        group = Group.objects.create(name="one")
        group.name = "two"
        group.save()
        group.delete()

        assert told() == [
            {"event": "created", "name": "one"},
            {"event": "updated", "name": "two"},
            {"event": "deleted", "name": "two"},
        ]


@pytest.mark.django_db(transaction=True)
def test_deletion_of_many_is_published_each(declare: Declare) -> None:
    declare(on=["deleted"])
    with serving():
        Group.objects.bulk_create([Group(name="one"), Group(name="two"), Group(name="three")])
        Group.objects.exclude(name="two").delete()

        assert sorted(each["name"] for each in told()) == ["one", "three"]


@pytest.fixture
def permission(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Iterator[Permission]:
    """Return an object that tells of itself, and goes with its content type."""
    monkeypatch.setattr(module, "_broadcasts", {})
    asked = broadcasts(
        lambda _permission: topic(name="groups"), data=lambda _permission: {}, on=["deleted"]
    )(Permission)
    kind = ContentType.objects.create(app_label="broadcasts", model="thing")
    yield asked.objects.create(content_type=kind, codename="look", name="May look")
    post_save.disconnect(module._saved, sender=Permission)
    post_delete.disconnect(module._deleted, sender=Permission)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [False, True])
def test_what_is_deleted_with_its_parent_is_not_told_of(
    permission: Permission, *, many: bool
) -> None:
    kind = permission.content_type
    with serving():
        deleted, _ = ContentType.objects.filter(pk=kind.pk).delete() if many else kind.delete()

        assert deleted == 2
        assert told() == []


@pytest.mark.django_db(transaction=True)
@isolate_apps("django.contrib.auth")
def test_object_of_a_model_that_inherits_is_the_same_object(declare: Declare) -> None:
    class Team(Group):
        class Meta:
            app_label = "auth"

    class League(Team):
        class Meta:
            app_label = "auth"

    declare(on=["deleted"])
    one, other = Group(pk=1, name="one"), Group(pk=2, name="other")
    module._broadcasts[Team] = module._broadcasts[Group]
    with serving():
        for instance, origin in (
            (one, Team(pk=1)),  # the row of the parent model goes with the object's own
            (Team(pk=1, name="team"), Group(pk=1)),  # the object is deleted through its parent
            (Team(pk=1, name="team"), League.objects.all()),
            (one, None),  # who sends the signal by hand may not know it
            (other, one),  # another object of the same model, which is its parent
        ):
            module._deleted(instance, using="default", origin=origin)

        assert [each["name"] for each in told()] == ["one", "team", "team", "one"]


@pytest.mark.django_db(transaction=True)
def test_publication_waits_for_the_commit_with_the_data_of_its_moment(declare: Declare) -> None:
    declare()
    with serving():
        with transaction.atomic():
            group = Group.objects.create(name="one")
            group.name = "two"
            group.save()
            group.name = "never saved"
            assert told() == []

        assert [each["name"] for each in told()] == ["one", "two"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_of_what_was_rolled_back(declare: Declare) -> None:
    declare()
    with serving():
        with transaction.atomic():
            Group.objects.create(name="one")
            transaction.set_rollback(True)
        with transaction.atomic():
            Group.objects.create(name="two")
            with transaction.atomic():
                Group.objects.create(name="three")
                transaction.set_rollback(True)

        assert [each["name"] for each in told()] == ["two"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("on", "expected"),
    [({"deleted"}, ["deleted"]), (["created", "updated"], ["created", "updated"])],
)
def test_only_the_events_that_are_asked_for_are_told(
    on: Any, expected: list[str], declare: Declare
) -> None:
    declare(on=on)
    with serving():
        group = Group.objects.create(name="one")
        group.save()
        group.delete()

        assert [each["event"] for each in told()] == expected


@pytest.mark.django_db(transaction=True)
def test_object_without_a_topic_is_not_told_of(declare: Declare, topic: Topic) -> None:
    asked: list[str] = []

    def where(group: Group) -> Any:
        asked.append(group.name)
        return topic(name="groups") if group.name == "public" else None

    broadcasts(where, data=lambda group: {"name": group.name})(Group)
    with serving():
        Group.objects.create(name="secret")
        Group.objects.create(name="public")

        assert [each["name"] for each in told()] == ["public"]
    assert asked == ["secret", "public"]


@pytest.mark.django_db(transaction=True)
def test_fixture_is_loaded_in_silence(declare: Declare) -> None:
    declare()
    [loaded] = serializers.deserialize(
        "python", [{"model": "auth.group", "pk": 7, "fields": {"name": "one"}}]
    )
    with serving():
        loaded.save()

        assert told() == []
    assert Group.objects.get(pk=7).name == "one"


@pytest.mark.django_db(transaction=True)
def test_what_is_saved_where_nobody_serves_is_saved(declare: Declare) -> None:
    declare()

    Group.objects.create(name="one").delete()
    Group.objects.create(name="two")

    assert [group.name for group in Group.objects.all()] == ["two"]


@pytest.mark.django_db(transaction=True)
def test_data_that_cannot_be_published_lets_nothing_be_saved(declare: Declare) -> None:
    declare(data=lambda _group: {"it": object()})
    with serving():
        with pytest.raises(InvalidDataError), transaction.atomic():
            Group.objects.create(name="one")

        assert not Group.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_bulk_changes_are_told_by_hand(declare: Declare) -> None:
    declare(on=["created", "deleted"])
    with serving():
        groups = Group.objects.bulk_create([Group(name="one"), Group(name="two")])
        Group.objects.filter(name="two").update(name="three")
        assert told() == []

        with transaction.atomic():
            broadcast(groups, "created")
            assert told() == []
        broadcast(groups, "updated")
        broadcast(iter(groups[:1]), "deleted")

        assert [(each["event"], each["name"]) for each in told()] == [
            ("created", "one"),
            ("created", "two"),
            ("deleted", "one"),
        ]


def test_only_models_that_are_declared_can_be_told_by_hand(declare: Declare) -> None:
    declare()

    with pytest.raises(ConfigurationError, match=r"Permission is not broadcast\. Decorate"):
        broadcast([Permission()], "created")


def test_unknown_event_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="created, updated, deleted"):
        broadcasts(lambda _: None, data=lambda _: {}, on=["saved"])  # type: ignore[list-item]  # wrong on purpose


def test_second_declaration_is_refused(declare: Declare) -> None:
    declare()

    with pytest.raises(ConfigurationError, match="Group is broadcast already"):
        declare()
