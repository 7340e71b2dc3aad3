"""Who is on duty at this moment: the first thing a home page and a wall say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit
from anyuan.staffing.stations import queries as stations
from anyuan.staffing.stations.models import StationKind

from ..models import Shift
from .force import shifts

AHEAD = timedelta(days=7)  # how far the next shift is looked for; our own bound


@dataclass(frozen=True)
class Watch:
    """Who should be at a school's stations now, who is, and what comes next."""

    unit: Unit
    on: list[Shift]
    following: list[Shift]
    has_stations: bool

    @property
    def there(self) -> list[Shift]:
        return [s for s in self.on if is_there(s)]

    @property
    def missing(self) -> list[Shift]:
        return [s for s in self.on if not is_there(s)]

    @property
    def leader(self) -> Shift | None:
        """The leader on duty, if one is on the roster."""
        return next((s for s in self.on if s.station.kind == StationKind.LEADER and s.person), None)

    @property
    def following_shift(self) -> Shift | None:
        return self.following[0] if self.following else None

    @property
    def is_rostered(self) -> bool:
        """Whether a roster is in force now or within a week; without one nothing is known."""
        return bool(self.on or self.following)


def is_there(shift: Shift) -> bool:
    """Whether somebody signed in to a shift that runs, and did not leave."""
    return shift.came_at is not None and shift.left_at is None


def watches(schools: Sequence[Unit], now: datetime) -> list[Watch]:
    """The watch of each school, in their order. Two queries, however many schools."""
    ids = [u.pk for u in schools]
    rows = list(
        shifts().filter(unit__in=ids, in_force=True, ends_at__gt=now, starts_at__lt=now + AHEAD)
    )
    manned = stations.manned(ids)
    return [_watch(u, [s for s in rows if s.unit_id == u.pk], u.pk in manned, now) for u in schools]


def _watch(unit: Unit, rows: Sequence[Shift], has_stations: bool, now: datetime) -> Watch:
    on = [s for s in rows if s.starts_at <= now]
    return Watch(
        unit,
        sorted(on, key=lambda s: (s.station.kind != StationKind.LEADER, is_there(s), s.starts_at)),
        [s for s in rows if s.starts_at > now],
        has_stations,
    )


def home_watch(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """Whether a school is covered now, for its home page."""
    if not own or not all(u.is_campus for u in own) or not viewer.may("roster.see", own[0].path):
        return None
    watch = watches(own[:1], now)[0]
    may_make = viewer.may("roster.make", watch.unit.path)
    return {"watch": watch, "may_make": may_make}
