"""Owns matters: what waits for somebody is said one way, wherever it is shown or sent.

An app makes its matters in `queries.py`; home pages, the number on the badge, messages and the
climb to those above are all made from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from .scoping import Viewer


class Urgency(IntEnum):
    """How soon somebody must act; the smallest first."""

    ALARM = 0  # somebody may be in danger, or a post stands empty
    LATE = 1  # its time is over
    NOW = 2  # somebody else waits for it
    SOON = 3  # this week
    LATER = 4


@dataclass(frozen=True)
class Act:
    """The one thing to do: a verb and where it is done."""

    label: str
    url: str


@dataclass(frozen=True)
class Contact:
    """Whom to call about it."""

    name: str
    phone: str = ""


@dataclass(frozen=True)
class Step:
    """A message of a matter: `after` its beginning to these persons (ids), once each.

    With `groups` also into the groups of the unit. Subject and body are official Chinese.
    """

    name: str
    subject: str
    body: str
    persons: tuple[int, ...] = ()
    groups: bool = False
    after: timedelta = timedelta(0)
    path: str = "/"


@dataclass(frozen=True)
class Matter:
    """What waits for somebody: for `persons` (ids), and for whoever holds one of `roles`, or else
    `permission`, at that unit.

    `key` names the matter itself, so that one reckoned in two ways is still one.
    """

    key: str
    unit_id: int
    path: str  # of the unit, e.g. `/1/4/`
    sentence: str
    act: Act
    urgency: Urgency
    page: str = ""  # where it is told in full, if not where it is done
    detail: str = ""
    since: datetime | None = None
    until: datetime | None = None
    persons: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    permission: str = ""
    call: tuple[Contact, ...] = ()
    place: str = ""  # the unit's name, where the reader may see several
    verdict: str = ""  # of a duty: the word, shown with its shape
    reason: str = ""  # of a verdict: why
    steps: tuple[Step, ...] = ()

    def is_of(self, viewer: Viewer) -> bool:
        """Whether it waits for this person."""
        if viewer.person_id in self.persons or self.roles & viewer.roles_at(self.path):
            return True
        return bool(self.permission) and viewer.may(self.permission, self.path)


def ordered(found: Iterable[Matter]) -> list[Matter]:
    """Each matter once, the most urgent first, then the one whose time ends first."""
    once = {m.key: m for m in found}
    far = float("inf")
    return sorted(
        once.values(),
        key=lambda m: (m.urgency, m.until.timestamp() if m.until else far, m.key),
    )
