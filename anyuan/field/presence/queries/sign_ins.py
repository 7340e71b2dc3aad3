"""Who came and went, and what they handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.queries import waiting
from anyuan.staffing.rosters.rules.bounds import EARLY

from ..models import Presence
from ..rules import (
    HANDED,
    USUAL,
    Left,
    still_open,
)
from . import place_codes


def mine_now(person_id: int, now: datetime) -> list[Shift]:
    """The shifts somebody may sign in to now, or is in, the one that runs first."""
    return shifts_queries.of_person(person_id, now, now + EARLY)


def used_by_another(device: str, person_id: int, at: datetime, within: timedelta) -> bool:
    """Whether a phone signed in somebody else around a moment."""
    return (
        bool(device)
        and Presence.objects.filter(device=device, came_at__gt=at - within, came_at__lt=at + within)
        .exclude(person_id=person_id)
        .exists()
    )


def unusual_phone(device: str, person_id: int) -> bool:
    """Whether somebody's last sign-ins were all made with one phone, and this is another: perhaps
    somebody else uses the account.
    """
    last = list(
        Presence.objects.filter(person_id=person_id)
        .exclude(device="")
        .order_by("-came_at", "-pk")
        .values_list("device", flat=True)[:USUAL]
    )
    return bool(device) and len(last) == USUAL and len(set(last)) == 1 and last[0] != device


@dataclass(frozen=True)
class Handed:
    """What somebody left open: who, and the words."""

    name: str
    words: str


def handed_over(found: Sequence[Shift]) -> dict[int, list[Handed]]:
    """What is open for whoever comes to each of these shifts. One query."""
    if not found:
        return {}
    since = min(s.starts_at for s in found) - HANDED
    rows = list(
        Presence.objects.filter(
            unit__in={s.unit_id for s in found}, shift__left_at__gt=since, shift__in_force=True
        )
        .select_related("person", "shift", "shift__station")
        .order_by("pk")
    )
    left = {r.shift_id: _left(r.shift, r.handover) for r in rows}
    names = {r.shift_id: r.person.name for r in rows}
    units_ = {r.shift_id: r.unit_id for r in rows}
    return {
        s.pk: [
            Handed(names[x.shift_id], x.words)
            for x in still_open(
                _left(s), [x for x in left.values() if units_[x.shift_id] == s.unit_id]
            )
        ]
        for s in found
    }


def _left(shift: Shift, words: str = "") -> Left:
    return Left(
        shift.pk,
        shift.station_id,
        shift.station.place_id,
        shift.station.kind,
        shift.starts_at,
        shift.left_at,
        words,
    )


def handovers(shifts: Sequence[Shift]) -> dict[int, str]:
    """What was written at leaving each of these shifts."""
    return dict(
        Presence.objects.filter(shift__in=list(shifts))
        .order_by()
        .values_list("shift_id", "handover")
    )


def of_shift(shift: Shift) -> Presence | None:
    return Presence.objects.filter(shift=shift).select_related("person").order_by("pk").first()


def doubtful(unit: Unit, since: datetime) -> list[Presence]:
    """Sign-ins about which something does not fit, the newest first."""
    rows = (
        Presence.objects.filter(unit=unit, came_at__gt=since)
        .exclude(doubts=[])
        .select_related("person", "shift", "shift__station")
    )
    return list(rows.order_by("-came_at", "-pk")[:50])


def doubtful_count(unit_ids: Sequence[int], since: datetime) -> int:
    """How many sign-ins since a moment have something that does not fit beyond not having been
    scanned.
    """
    rows = (
        Presence.objects.filter(unit_id__in=list(unit_ids), came_at__gt=since)
        .exclude(doubts=[])
        .exclude(doubts=["no_code"])
    )
    return rows.count() if unit_ids else 0


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """Somebody's shifts of the next days, with what was handed over and where each place lies."""
    shifts = shifts_queries.of_person(viewer.pk, *waiting.taken_along(now))
    handed = handed_over([s for s in shifts if s.starts_at < now + timedelta(hours=24)])
    words = handovers([s for s in shifts if s.left_at])
    where = place_codes.located([s.station.place_id for s in shifts if s.station.place_id])
    made = []
    for s in shifts:
        place = s.station.place
        taken = {
            "id": s.pk,
            "unit": s.unit_id,
            "station": s.station.name,
            "kind": s.station.kind,
            "place": place.name if place else "",
            "starts": s.starts_at.isoformat(),
            "ends": s.ends_at.isoformat(),
            "came": s.came_at.isoformat() if s.came_at else None,
            "left": s.left_at.isoformat() if s.left_at else None,
            "where": where.get(place.pk) if place else None,
            "words": words.get(s.pk, ""),
            "handed": [{"name": h.name, "words": h.words} for h in handed.get(s.pk, [])],
        }
        made.append(taken)
    return {"shifts": made}
