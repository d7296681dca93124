"""How often the engine does what it should do once: calls are counted, and pass unchanged."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(slots=True)
class Count:
    """How many calls there were."""

    calls: int = 0


def counted(owner: object, name: str, *, where: Callable[[Mapping[str, Any]], bool]) -> Count:
    """Count the calls of a method whose arguments, by their names, are such."""
    count, method = Count(), getattr(owner, name)
    signature = inspect.signature(method)

    @wraps(method)
    def counting(*args: Any, **kwargs: Any) -> Any:
        if where(signature.bind(*args, **kwargs).arguments):
            count.calls += 1
        return method(*args, **kwargs)

    setattr(owner, name, counting)
    return count
