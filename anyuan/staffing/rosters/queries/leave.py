"""Leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anyuan.kernel.scoping import visible
from anyuan.org.units.models import Unit

from ..models import (
    Leave,
    LeaveKind,
    LeaveState,
    Shift,
    Swap,
    SwapState,
)
from .force import shifts

KINDS: list[tuple[str, str]] = list(LeaveKind.choices)


# -- leave ---
def get(pk: int) -> Leave:
    """:raises Invisible:"""
    return visible(Leave.objects.select_related("unit", "person").order_by("pk"), pk)


@dataclass(frozen=True)
class Asked:
    """A leave that was asked for or given, with the shifts that still need somebody."""

    leave: Leave
    shifts: list[Shift]


def leaves(unit: Unit, now: datetime) -> list[Asked]:
    """What was asked and has not ended, the undecided first."""
    open_ = [LeaveState.ASKED, LeaveState.APPROVED]
    rows = list(
        Leave.objects.filter(unit=unit, ends_at__gt=now, state__in=open_)
        .select_related("person")
        .order_by("-state", "starts_at", "pk")
    )
    people = [r.person_id for r in rows]
    theirs = list(shifts().filter(unit=unit, in_force=True, person__in=people, ends_at__gt=now))
    return [Asked(r, [s for s in theirs if _falls_in(s, r)]) for r in rows]


def _falls_in(shift: Shift, leave: Leave) -> bool:
    meets = shift.starts_at < leave.ends_at and leave.starts_at < shift.ends_at
    return shift.person_id == leave.person_id and meets


def leaves_of(person_id: int, now: datetime) -> list[Leave]:
    return list(
        Leave.objects.filter(person_id=person_id, ends_at__gt=now)
        .exclude(state=LeaveState.WITHDRAWN)
        .order_by("starts_at", "pk")
    )


def leaves_open(unit_ids: Sequence[int]) -> Counter[int]:
    """By unit how many ask for leave, or agreed on a swap, and wait for a decision. Two queries."""
    asked = Leave.objects.filter(unit_id__in=list(unit_ids), state=LeaveState.ASKED)
    agreed = Swap.objects.filter(unit_id__in=list(unit_ids), state=SwapState.AGREED)
    waiting: Counter[int] = Counter()
    if unit_ids:
        for rows in (asked, agreed):
            waiting.update(rows.order_by().values_list("unit_id", flat=True))
    return waiting
