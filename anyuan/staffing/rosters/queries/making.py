"""Rosters, how far they are, and how shares fall."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from anyuan.kernel.scoping import visible
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit
from anyuan.org.units.rules import school_year
from anyuan.staffing.stations.queries import facts_of

from ..models import (
    Roster,
    RosterState,
    Shift,
)
from .posing import school_days

# -- rosters ---------------------------------------------------------------------
__all__ = ["Roster"]  # for pages, which import no models


def rosters(unit: Unit) -> list[Roster]:
    return list(
        Roster.objects.filter(unit=unit)
        .exclude(state=RosterState.REPLACED)
        .annotate(places=Count("shifts"), empty=Count("shifts", filter=Q(shifts__person=None)))
        .order_by("-starts", "-pk")[:20]
    )


def roster(pk: int) -> Roster:
    """:raises Invisible:"""
    return visible(Roster.objects.select_related("unit").order_by("pk"), pk)


def to_make(stale: datetime) -> list[int]:
    """Rosters that wait to be made, and those whose maker has been silent since `stale`."""
    rows = Roster.objects.filter(
        Q(state=RosterState.ASKED) | Q(state=RosterState.MAKING, heard_at__lt=stale)
    )
    return list(rows.order_by("asked_at").values_list("pk", flat=True))


def ahead(roster: Roster) -> int:
    return Roster.objects.filter(
        state__in=[RosterState.ASKED, RosterState.MAKING], asked_at__lt=roster.asked_at
    ).count()


@dataclass(frozen=True)
class Share:
    """What one person has on a roster: all, nights, days off; and what they had since September
    before it.
    """

    person: Person
    shifts: int
    nights: int
    days_off: int
    before: int


def shares(roster: Roster) -> list[Share]:
    """How a roster shares the work, whoever has most first. Four queries."""
    free = school_days(roster.unit, roster.starts, roster.ends)
    tally: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    persons: dict[int, Person] = {}
    for s in (
        Shift.objects.filter(roster=roster, person__isnull=False)
        .select_related("station", "person")
        .order_by("person__pinyin", "pk")
    ):
        assert s.person is not None
        persons[s.person.pk] = s.person
        row = tally[s.person.pk]
        row[0] += 1
        row[1] += facts_of(s.station).by_night
        row[2] += s.day not in free
    before = Counter(
        Shift.objects.filter(
            unit=roster.unit,
            in_force=True,
            person__in=list(persons),
            day__gte=school_year(roster.starts),
            day__lt=roster.starts,
        )
        .order_by()
        .values_list("person_id", flat=True)
    )
    return sorted(
        (
            Share(p, tally[pk][0], tally[pk][1], tally[pk][2], before[pk])
            for pk, p in persons.items()
        ),
        key=lambda s: (-s.shifts, s.person.pinyin, s.person.pk),
    )


def changes(roster: Roster) -> int | None:
    """How many of the shifts in force on its days a roster gives to somebody else; None where
    nothing is in force.
    """
    standing = Shift.objects.filter(
        unit=roster.unit,
        in_force=True,
        day__gte=roster.starts,
        day__lt=roster.ends,
        starts_at__gt=roster.asked_at,
        person__isnull=False,
    ).order_by()
    old = Counter(standing.values_list("day", "station_id", "person_id"))
    if not old:
        return None
    new = Counter(
        Shift.objects.filter(roster=roster, person__isnull=False)
        .order_by()
        .values_list("day", "station_id", "person_id")
    )
    return (old - new).total()
