"""Accounts for people who only want to look in: made by one click, with a friendly name.

A guest is a real user with an unusable password, so the rest of the site needs no special case:
sessions, permissions and sign-out work as for everybody.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Names that begin so are never given to people who sign up.
PREFIX = "guest-"

_WORDS = (
    "badger bear beaver bison cat coati crab crane dolphin dove duck eagle elk falcon ferret "
    "finch fox frog gecko goat goby goose gull hare hawk hedgehog heron ibex ibis jay kiwi "
    "koala lark lemur lion llama lynx magpie marten mole moose moth mouse newt orca otter owl "
    "panda parrot pika pony puffin quail rabbit raven robin seal shrew sloth snail sparrow "
    "squid stoat stork swan swift tapir tern tiger toad trout turtle vole walrus weasel whale "
    "wolf wombat wren yak"
)
_ANIMALS = _WORDS.split()

_ATTEMPTS = 20


def create_guest() -> User:
    """Make and return a new guest. A name that is taken is tried again with a longer number."""
    for attempt in range(_ATTEMPTS):
        name = guest_name(digits=4 + attempt // 2)
        try:
            with transaction.atomic():
                return get_user_model().objects.create_user(username=name)
        except IntegrityError:
            continue
    raise RuntimeError("No free guest name was found. Remove guests who no longer visit.")


def guest_name(*, digits: int = 4) -> str:
    """Return a name such as "guest-otter-4821"."""
    lowest = 10 ** (digits - 1)
    number = lowest + secrets.randbelow(9 * lowest)
    return f"{PREFIX}{secrets.choice(_ANIMALS)}-{number}"
