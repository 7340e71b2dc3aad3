"""Owns the verbs that a phone or a page may send: name → the form that reads its fields and the act it performs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from .scoping import Viewer


class Act(Protocol):
    def __call__(
        self, fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Verb:
    name: str
    permission: str
    act: Act


class Refused(Exception):
    """What was asked cannot be; the message says why and what to do. Nothing was changed."""


class NotNow(Refused):
    """What cannot be just now and may well be later: the answer is not kept, and phones try again by themselves."""


class TryLater(Exception):
    """Something that this program leans on is away. Nothing was changed; phones try again by themselves."""


_VERBS: dict[str, Verb] = {}
# What a lower storey must ask of an upper one it doesn't know: name → (unit id, id) → whether it holds.
_CHECKS: dict[str, Callable[[int, int], bool]] = {}


def check(name: str) -> Callable[[Callable[[int, int], bool]], Callable[[int, int], bool]]:
    """Register who answers a question by its name, e.g. whether a unit owes an obligation."""

    def register(answer: Callable[[int, int], bool]) -> Callable[[int, int], bool]:
        _CHECKS[name] = answer
        return answer

    return register


def holds(name: str, unit_id: int, other_id: int) -> bool:
    """Ask it. :raises KeyError: nobody answers that question."""
    return _CHECKS[name](unit_id, other_id)


def verb(name: str, permission: str) -> Callable[[Act], Act]:
    """Register an act under a name, e.g. `fact.record`."""

    def register(act: Act) -> Act:
        _VERBS[name] = Verb(name, permission, act)
        return act

    return register


def find(name: str) -> Verb:
    """:raises Refused: for a name nobody registered."""
    try:
        return _VERBS[name]
    except KeyError:
        raise Refused(f"unknown verb: {name}") from None
