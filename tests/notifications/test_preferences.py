"""Who wants what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from notifications.models import Preference
from notifications.preferences import choices_of, prefer, who_wants
from realtime import ActionError
from tests.notifications.conftest import KIND, UNWANTED

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries


def test_default_of_the_kind_holds_for_who_said_nothing(mira: User, jonas: User) -> None:
    assert who_wants(KIND, [mira, jonas]) == [mira, jonas]
    assert who_wants(UNWANTED, [mira, jonas]) == []


def test_what_somebody_said_holds_for_them_alone(
    mira: User, jonas: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prefer(mira, kind=KIND, enabled=False)
    prefer(mira, kind=UNWANTED, enabled=True)

    with django_assert_num_queries(1):
        assert who_wants(KIND, [mira, jonas]) == [jonas]
    assert who_wants(UNWANTED, [mira, jonas]) == [mira]


def test_what_was_said_last_holds(mira: User) -> None:
    prefer(mira, kind=KIND, enabled=False)
    prefer(mira, kind=KIND, enabled=True)

    assert Preference.objects.get().enabled
    assert who_wants(KIND, [mira]) == [mira]


def test_kind_that_nobody_declared_is_refused(mira: User) -> None:
    with pytest.raises(ActionError, match="no notifications of this kind"):
        prefer(mira, kind="testing.nothing", enabled=True)
    assert not Preference.objects.exists()


def test_choices_are_all_kinds_with_what_was_said(mira: User, jonas: User) -> None:
    prefer(mira, kind=KIND, enabled=False)
    prefer(jonas, kind=UNWANTED, enabled=True)

    choices = {choice.kind.name: choice.enabled for choice in choices_of(mira)}

    assert choices == {KIND: False, UNWANTED: False, "chat.mention": True}
