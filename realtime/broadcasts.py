"""Models that tell of themselves: each save and delete is published, after the commit.

    @broadcasts(lambda message: topics.room(slug=message.room.slug), data=data_of)
    class Message(models.Model): ...

It stands on Django's signals, and so has their limits: `QuerySet.update`, `bulk_create` and
`bulk_update` send none. After those, `broadcast` tells of the objects. What is deleted with its
parent, by a cascade, is told by the parent, if at all: a thousand publications would say the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from django.db.models import Model, QuerySet, signals

from realtime.exceptions import ConfigurationError, NotServingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from realtime.topics import BoundTopic

logger = logging.getLogger("realtime")

Event = Literal["created", "updated", "deleted"]
EVENTS: tuple[Event, ...] = ("created", "updated", "deleted")

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class _Broadcast(Generic[M]):
    """How the objects of one model are told of."""

    topic: Callable[[M], BoundTopic | None]
    data: Callable[[M], Mapping[str, Any]]
    on: Collection[Event]

    def tell(self, event: Event, instance: M, using: str) -> None:
        topic = self.topic(instance) if event in self.on else None
        if topic is None:
            return
        try:
            topic.publish({"event": event, **self.data(instance)}, using=using)
        except NotServingError:
            # A command or a shell of a site whose broker reaches the server's process alone:
            # what is saved is saved, and pages show it when they are loaded.
            logger.debug("not broadcast: this process serves no sockets")


_broadcasts: dict[type[Model], _Broadcast[Any]] = {}


def broadcasts(
    topic: Callable[[M], BoundTopic | None],
    *,
    data: Callable[[M], Mapping[str, Any]],
    on: Collection[Event] = EVENTS,
) -> Callable[[type[M]], type[M]]:
    """Publish each object of a model when it was created, updated or deleted.

    `topic` says where, or None for an object that is not told of; `data` what, as a dict to which
    the `event` is added. Both are called when it happens, in its transaction; the publication
    waits for the commit. An object that is deleted because another one is, by a cascade, is not
    told of. Raises `ConfigurationError` for an unknown event or a second declaration.
    """
    unknown = set(on) - set(EVENTS)
    if unknown:
        raise ConfigurationError(f"broadcasts() knows these events: {', '.join(EVENTS)}.")

    def declare(model: type[M]) -> type[M]:
        if model in _broadcasts:
            raise ConfigurationError(f"{model.__name__} is broadcast already. Remove one.")
        _broadcasts[model] = _Broadcast(topic, data, on)
        signals.post_save.connect(_saved, sender=model)
        signals.post_delete.connect(_deleted, sender=model)
        return model

    return declare


def broadcast(objects: Iterable[Model], event: Event, *, using: str = "default") -> None:
    """Tell of objects that were changed without signals; raise `ConfigurationError` for others."""
    for each in objects:
        declared = _broadcasts.get(type(each))
        if declared is None:
            raise ConfigurationError(
                f"{type(each).__name__} is not broadcast. Decorate the model with @broadcasts."
            )
        declared.tell(event, each, using)


def _saved(instance: Model, *, created: bool, raw: bool, using: str, **_: Any) -> None:
    if not raw:  # a fixture is loaded: others of its objects may not be there yet
        _broadcasts[type(instance)].tell("created" if created else "updated", instance, using)


def _deleted(
    instance: Model, *, using: str, origin: Model | QuerySet[Any] | None = None, **_: Any
) -> None:
    if not _is_cascade(instance, origin):
        _broadcasts[type(instance)].tell("deleted", instance, using)


def _is_cascade(instance: Model, origin: Model | QuerySet[Any] | None) -> bool:
    """Return whether an object goes because another did; where models inherit, two are one."""
    if origin is None:
        return False
    began = origin.model if isinstance(origin, QuerySet) else type(origin)
    if not (issubclass(began, type(instance)) or issubclass(type(instance), began)):
        return True
    return isinstance(origin, Model) and origin.pk != instance.pk
