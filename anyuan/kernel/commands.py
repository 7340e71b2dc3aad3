"""Owns what a command is: the act that a verb performs, and how it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from .scoping import Viewer


class Act(Protocol):
    def __call__(
        self, fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
    ) -> dict[str, Any]: ...


class Refused(Exception):
    """What was asked cannot be; the message says why and what to do. Nothing was changed."""


class NotNow(Refused):
    """What cannot be just now and may well be later: the answer is not kept, and phones try again
    by themselves.
    """


class TryLater(Exception):
    """Something that this program leans on is away.

    Nothing was changed; phones try again by themselves.
    """
