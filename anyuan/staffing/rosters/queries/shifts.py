"""Shifts in force, and why somebody has one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.kernel.scoping import visible
from anyuan.org.units.models import Unit
from anyuan.org.units.rules import school_year
from anyuan.staffing.stations.models import Station, StationKind

from ..models import (
    Leave,
    Roster,
    Shift,
)
from .force import shifts
from .posing import school_days
from .substitutes import substitutes


@dataclass(frozen=True)
class Table:
    """A roster as people know it: days down, stations across; each cell its shifts."""

    days: list[date]
    stations: list[Station]
    cells: dict[tuple[date, int], list[Shift]]
    school: set[date]

    @property
    def rows(self) -> list[tuple[date, bool, list[list[Shift]]]]:
        return [
            (d, d in self.school, [self.cells.get((d, s.pk), []) for s in self.stations])
            for d in self.days
        ]


def table(unit: Unit, starts: date, ends: date, found: Roster | None = None) -> Table:
    """What is in force at a unit over [starts, ends), or what one roster says.

    Four queries, however many shifts.
    """
    rows = shifts().filter(unit=unit, day__gte=starts, day__lt=ends)
    rows = rows.filter(roster=found) if found else rows.filter(in_force=True)
    cells: dict[tuple[date, int], list[Shift]] = defaultdict(list)
    at: dict[int, Station] = {}
    for shift in rows:
        cells[shift.day, shift.station_id].append(shift)
        at[shift.station_id] = shift.station
    days = [starts + timedelta(days=i) for i in range((ends - starts).days)]
    return Table(
        days,
        sorted(at.values(), key=lambda s: (s.kind != StationKind.LEADER, s.starts, s.name)),
        dict(cells),
        school_days(unit, starts, ends),
    )


# -- shifts ----------------------------------------------------------------------
def shift(pk: int) -> Shift:
    """:raises Invisible:"""
    return visible(
        shifts().select_related("station", "station__place", "person", "unit", "roster"), pk
    )


def of_person(person_id: int, starts: datetime, ends: datetime) -> list[Shift]:
    """The shifts in force of somebody that touch [starts, ends)."""
    return list(
        shifts()
        .select_related("station", "station__place", "person", "unit")
        .filter(person_id=person_id, in_force=True, starts_at__lt=ends, ends_at__gt=starts)
    )


def on_duty(unit_ids: Sequence[int], now: datetime) -> list[Shift]:
    """Who is on duty now, leaders first; an empty one too."""
    rows = shifts().filter(
        unit_id__in=list(unit_ids), in_force=True, starts_at__lte=now, ends_at__gt=now
    )
    return sorted(
        rows,
        key=lambda s: (s.station.kind != StationKind.LEADER, s.starts_at, s.station.name, s.pk),
    )


@dataclass(frozen=True)
class Why:
    """Why somebody has a shift: how many may serve there, what keeps how many away, and how the
    year so far is shared.
    """

    may: int
    hindered: Counter[str]
    mine: int
    mean: float


def why(shift: Shift) -> Why:
    rows = substitutes(shift)
    had = Counter(
        Shift.objects.filter(
            unit=shift.unit,
            in_force=True,
            station__kind=shift.station.kind,
            day__gte=school_year(shift.day),
            person__isnull=False,
        )
        .order_by()
        .values_list("person_id", flat=True)
    )
    everybody = {r.person.pk for r in rows} | {shift.person_id or 0}
    return Why(
        len(rows) + 1,
        Counter(r.hindrance for r in rows if r.hindrance),
        had[shift.person_id or 0],
        round(sum(had[p] for p in everybody) / max(1, len(everybody)), 1),
    )


def shifts_within(leave: Leave) -> list[Shift]:
    """The shifts that a leave would leave empty."""
    return [
        s
        for s in of_person(leave.person_id, leave.starts_at, leave.ends_at)
        if s.unit_id == leave.unit_id
    ]


def between(unit: Unit, starts: datetime, ends: datetime) -> list[Shift]:
    """The shifts in force of a unit that touch [starts, ends)."""
    return list(shifts().filter(unit=unit, in_force=True, starts_at__lt=ends, ends_at__gt=starts))


@dataclass(frozen=True)
class Feed:
    """Where a calendar of one's shifts is subscribed to: `link` is all in one, for programs that
    take it so; most ask for the three.
    """

    address: str
    user: str
    password: str
    link: str


def feed_address(scheme: str, host: str, feed: str) -> Feed:
    """Addresses as programs take them: many make http of webcal, so what is typed says https."""
    return Feed(
        f"{scheme}://{host}/duty.ics", "duty", feed, f"webcal://duty:{feed}@{host}/duty.ics"
    )
