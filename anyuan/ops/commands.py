"""What the commands of `anyuan` share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def with_database(*, owner: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run a command with Django set up and the database there; `owner` for what changes tables."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            from anyuan.ops import supervisor as serving

            serving.prepare(owner=owner)
            return function(*args, **kwargs)

        return wrapped

    return decorate
