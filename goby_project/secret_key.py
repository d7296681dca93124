"""A secret key for those who did not bring one: made once, kept in a file, read ever after.

Without it a first production start would either fail over a detail or, worse, run on a key
that stands in a public repository.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def read_or_create(path: Path) -> str:
    """Return the key in the file at `path`; the first call ever writes it, mode 0600."""
    try:
        if not path.exists():
            _create(path)
        key = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key at {path} is out of reach ({error.strerror}). "
            "Set GOBY_SECRET_KEY, or make its directory writable."
        ) from error
    if not key:
        raise ImproperlyConfigured(
            f"The secret key file {path} is empty. Delete it to get a new key, "
            "or set GOBY_SECRET_KEY."
        )
    return key


def _create(path: Path) -> None:
    """Write a new key beside `path` and link it there: complete at once, and only one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(get_random_secret_key())
        with contextlib.suppress(FileExistsError):  # another process was first: use its key
            path.hardlink_to(draft)
    finally:
        draft.unlink()
