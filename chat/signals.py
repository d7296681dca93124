"""What the chat tells whoever on the site wants to know.

`mentioned` is sent with `message` and `users`, by `Message`, in the transaction that stores it.
"""

from __future__ import annotations

from django.dispatch import Signal

mentioned = Signal()
