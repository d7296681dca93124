"""When somebody was last seen, as it is stored."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from presence.models import LastSeen


@pytest.mark.django_db
def test_each_user_has_one() -> None:
    ann = User.objects.create(username="ann")
    LastSeen.objects.create(user=ann, at=timezone.now())

    with pytest.raises(IntegrityError):
        LastSeen.objects.create(user=ann, at=timezone.now())


@pytest.mark.django_db
def test_who_was_here_last_stands_first() -> None:
    for name in ("ann", "bob"):
        LastSeen.objects.create(user=User.objects.create(username=name), at=timezone.now())

    assert [str(seen).split()[0] for seen in LastSeen.objects.all()] == ["bob", "ann"]
