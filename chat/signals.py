"""What the chat tells whoever on the site wants to know.

`mentioned` is sent with `message` and `users`, by `Message`, in the transaction that stores it.
`put_out` is sent with `room` and `user`, by `Room`, in the transaction in which somebody who was
removed, was banned, or left loses the right to read the room.
"""

from __future__ import annotations

from django.dispatch import Signal

mentioned = Signal()
put_out = Signal()
