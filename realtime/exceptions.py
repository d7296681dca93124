"""What can go wrong, as types.

Every error carries a sentence that says what to do next. Nothing in the project tells errors
apart by their text.
"""

from __future__ import annotations


class RealtimeError(Exception):
    """The root of all errors of this package."""


class ConfigurationError(RealtimeError):
    """A setting, topic or action is declared in a way that cannot work."""


class InvalidTopicError(RealtimeError):
    """A topic's name does not follow the grammar of `router.validate_topic`."""


class InvalidDataError(RealtimeError):
    """A publication's data is no JSON, or is larger than the settings allow."""


class NotServingError(RealtimeError):
    """The process that publishes has no event loop that serves sockets."""


class BlockingCallError(RealtimeError):
    """A sync function was called on the event loop, which it would block."""


class TokenError(RealtimeError):
    """A token cannot be believed: its signature, its form or one of its claims is wrong."""


class TokenExpiredError(TokenError):
    """A token was good, but is so no more; another one helps."""


class TermsError(RealtimeError):
    """What a token or a program says of a subscription cannot be meant."""


class ProtocolError(RealtimeError):
    """A client broke the protocol: its connection is closed with `code` and `reason`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class CommandError(RealtimeError):
    """A command was refused: the client gets `code` and `message`, the connection lives on."""

    def __init__(self, code: int, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.temporary = temporary


class ActionError(CommandError):
    """Raised by an action to refuse: `message` is a sentence for the person who asked.

    `code` is the site's own, 400 to 1999, so that it never collides with the protocol's codes.
    """

    def __init__(self, message: str, *, code: int = 400) -> None:
        if not 400 <= code <= 1999:
            raise ConfigurationError(
                f"ActionError code {code} is reserved. Choose one between 400 and 1999."
            )
        super().__init__(code, message)
