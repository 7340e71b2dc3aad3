"""Reads of who came, who did not, and the codes of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from anyuan.kernel import secret
from anyuan.kernel.scoping import Invisible
from anyuan.rosters import queries as rosters
from anyuan.rosters.models import Shift
from anyuan.rosters.rules import EARLY
from anyuan.units import queries as units
from anyuan.units.models import Place, Unit

from .models import PlaceCode, Presence
from .rules import (
    EARLY_OFF,
    EMPTY_AFTER,
    HANDED,
    UPWARD_AFTER,
    USUAL,
    Code,
    Left,
    read_code,
    still_open,
)

__all__ = ["Left", "PlaceCode", "Presence"]


def key() -> bytes:
    """What the codes of this installation are made with."""
    return secret.derived("place code")[0]


def read(text: str) -> Code | None:
    """A code made with the current key or an older one: what is printed at a gate outlives a change of keys."""
    return next(
        (found for k in secret.derived("place code") if (found := read_code(k, text))), None
    )


def place_of(text: str) -> Place:
    """The place whose code this is. :raises Invisible: no code of ours, or not one of the viewer's."""
    found = read(text)
    if found is None:
        raise Invisible
    return units.place(found.place_id)


def versions(places: Iterable[Place]) -> dict[int, int]:
    """The version of each place's printed code; 1 until one is issued anew."""
    known = dict(
        PlaceCode.objects.filter(place__in=list(places))
        .order_by()
        .values_list("place_id", "version")
    )
    return {p.pk: known.get(p.pk, 1) for p in places}


def code_row(place_id: int) -> PlaceCode | None:
    return PlaceCode.objects.filter(place_id=place_id).order_by("pk").first()


def code_rows(places: Iterable[Place]) -> dict[int, PlaceCode]:
    return {r.place_id: r for r in PlaceCode.objects.filter(place__in=list(places)).order_by("pk")}


@dataclass(frozen=True)
class Empty:
    """A station that should be manned now and where nobody has signed in, or whoever had has gone (`left`); `minutes` since its start, or since then."""

    shift: Shift
    minutes: int
    left: bool = False


def empty(unit_ids: Sequence[int], now: datetime, *, upward: bool = False) -> list[Empty]:
    """Stations nobody has come to, or that somebody left long before the end, the earliest first; those above see them later than the school itself."""
    late = now - (UPWARD_AFTER if upward else EMPTY_AFTER)
    gone = Q(left_at__gte=F("starts_at"), left_at__lte=late, left_at__lt=F("ends_at") - EARLY_OFF)
    rows = Shift.objects.filter(
        Q(came_at=None) | gone,
        unit_id__in=list(unit_ids),
        holds=True,
        starts_at__lte=late,
        ends_at__gt=now,
    )
    rows = rows.select_related("station", "station__place", "person", "unit").order_by(
        "starts_at", "pk"
    )
    return [
        Empty(
            s, int((now - (s.left_at or s.starts_at)).total_seconds() // 60), s.left_at is not None
        )
        for s in rows
    ]


def overview(own: Sequence[Unit], now: datetime) -> list[Empty]:
    """The empty stations a home page shows: the school's own after three minutes, those of schools below later."""
    campuses = [u.pk for u in own if u.is_campus]
    below = {u.pk for o in own if not o.is_campus for u in units.campuses(o)} - set(campuses)
    return (empty(campuses, now) if campuses else []) + (
        empty(sorted(below), now, upward=True) if below else []
    )


def mine_now(person_id: int, now: datetime) -> list[Shift]:
    """The shifts somebody may sign in to now, or is in, the one that runs first."""
    return rosters.of_person(person_id, now, now + EARLY)


def used_by_another(device: str, person_id: int, at: datetime, within: timedelta) -> bool:
    """Whether a phone signed in somebody else around a moment."""
    return (
        bool(device)
        and Presence.objects.filter(device=device, came_at__gt=at - within, came_at__lt=at + within)
        .exclude(person_id=person_id)
        .exists()
    )


def unusual_phone(device: str, person_id: int) -> bool:
    """Whether somebody's last sign-ins were all made with one phone, and this is another: perhaps somebody else uses the account."""
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
            unit__in={s.unit_id for s in found}, shift__left_at__gt=since, shift__holds=True
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


def of_shift(found: Shift) -> Presence | None:
    return Presence.objects.filter(shift=found).select_related("person").order_by("pk").first()


def doubtful(unit: Unit, since: datetime) -> list[Presence]:
    """Sign-ins about which something does not fit, the newest first."""
    rows = (
        Presence.objects.filter(unit=unit, came_at__gt=since)
        .exclude(doubts=[])
        .select_related("person", "shift", "shift__station")
    )
    return list(rows.order_by("-came_at", "-pk")[:50])


def doubtful_count(unit_ids: Sequence[int], since: datetime) -> int:
    """How many sign-ins since a moment have something that does not fit beyond not having been scanned."""
    rows = (
        Presence.objects.filter(unit_id__in=list(unit_ids), came_at__gt=since)
        .exclude(doubts=[])
        .exclude(doubts=["no_code"])
    )
    return rows.count() if unit_ids else 0


def located(place_ids: Iterable[int]) -> dict[int, list[float]]:
    """Where on earth places are, as [latitude, longitude], if that was said; a phone compares by itself and tells only the distance."""
    rows = (
        PlaceCode.objects.filter(place_id__in=list(place_ids), latitude__isnull=False)
        .order_by()
        .values_list("place_id", "latitude", "longitude")
    )
    return {p: [a, b] for p, a, b in rows if a is not None and b is not None}
