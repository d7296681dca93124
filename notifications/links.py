"""Where a notification leads: to a page of this site or of the web, and to nothing that runs."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

MAX_LENGTH = 500

# A path of this site, which no browser takes for another host, or an address of the web.
_LINK = re.compile(r"(?:/(?![/\\])|https?://[^/])[^\x00-\x20\x7f]*", re.IGNORECASE)


def check_link(url: str) -> None:
    """Raise `ValidationError` for what is neither; no link at all is fine."""
    if url and (not _LINK.fullmatch(url) or len(url) > MAX_LENGTH):
        raise ValidationError(
            'Write a path of this site such as "/rooms/lobby/", or an address that begins with '
            f"https:// or http://, without spaces and with at most {MAX_LENGTH} characters."
        )
