"""Who could stand in, and what hinders the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from anyuan.org.people.models import Person
from anyuan.org.units.rules import school_year
from anyuan.staffing.stations.models import Serving
from anyuan.staffing.stations.queries import facts_of
from anyuan.staffing.stations.rules import PersonFacts, hindrance

from ..models import (
    Shift,
    StandInRequest,
)
from ..rules.bounds import LONGEST_ROW, WEIGHTS
from ..rules.fairness import fair_share
from ..rules.resting import days_beside, rested
from .force import shifts
from .posing import people_facts, school_days, teaches


# -- standing in -----------------------------------------------------------------
@dataclass(frozen=True)
class Substitute:
    """Somebody who might stand in: `hindrance` why they cannot; `above` shifts above the mean of
    all who serve there; `near`: on campus around that time.
    """

    person: Person
    hindrance: str | None
    above: float
    near: bool
    asked: StandInRequest | None


def _beside(shift: Shift) -> Q:
    """The shifts that stand beside one: those in force, or in a draft its own on its days."""
    if shift.in_force:
        return Q(in_force=True)
    return Q(roster=shift.roster) | Q(in_force=True) & (
        Q(day__lt=shift.roster.starts) | Q(day__gte=shift.roster.ends)
    )


def substitutes(shift: Shift, without: Shift | None = None) -> list[Substitute]:
    """Who could stand in for a shift, best first: who can, who has had least, who is there anyway.
    A dozen queries, however many people.

    `without` a shift that they would give away for it.
    """
    day, unit = shift.day, shift.unit
    serving = Serving.objects.filter(station=shift.station).values("person")
    people = {p.pk: p for p in Person.objects.filter(pk__in=serving, left_on=None).order_by("pk")}
    facts = {f.id: f for f in people_facts(unit, day, day + timedelta(days=1))}
    school = school_days(unit, day, day + timedelta(days=2))
    given = [without.pk] if without else []
    had = _had(shift, list(people))
    around = _around(shift, list(people), given)
    days = _days_around(shift, list(people), given)
    asked = {r.person_id: r for r in StandInRequest.objects.filter(shift=shift).order_by("pk")}
    counts = [had[p] for p in people]
    found = []
    for pk, person in people.items():
        if pk == shift.person_id:
            continue
        others = [s for s in around[pk] if s.pk != shift.pk]
        near = any(s.day == day for s in others) or teaches(facts.get(pk), day, school)
        found.append(
            Substitute(
                person,
                _hindrance(shift, others, facts.get(pk), days[pk], school),
                round(fair_share(had[pk], counts), 1),
                near,
                asked.get(pk),
            )
        )
    return sorted(
        found,
        key=lambda s: (s.hindrance is not None, s.above, not s.near, s.person.pinyin, s.person.pk),
    )


def _had(shift: Shift, people: Sequence[int]) -> Counter[int | None]:
    """How many such shifts each has had this school year."""
    rows = Shift.objects.filter(
        _beside(shift),
        unit=shift.unit,
        station__kind=shift.station.kind,
        day__gte=school_year(shift.day),
        person__in=people,
    )
    return Counter(rows.order_by().values_list("person_id", flat=True))


def _around(
    shift: Shift, people: Sequence[int], given: Sequence[int]
) -> dict[int | None, list[Shift]]:
    """The other shifts of each within a day of this one."""
    day = timedelta(hours=24)
    rows = shifts().filter(
        _beside(shift),
        person__in=people,
        ends_at__gt=shift.starts_at - day,
        starts_at__lt=shift.ends_at + day,
    )
    around: dict[int | None, list[Shift]] = defaultdict(list)
    for row in rows.exclude(pk__in=given):
        around[row.person_id].append(row)
    return around


def _days_around(
    shift: Shift, people: Sequence[int], given: Sequence[int]
) -> dict[int | None, list[date]]:
    """The days each serves on, as far around as a row of days can matter."""
    long = timedelta(days=LONGEST_ROW)
    rows = Shift.objects.filter(
        _beside(shift), person__in=people, day__gte=shift.day - long, day__lte=shift.day + long
    ).exclude(pk__in=[shift.pk, *given])
    days: dict[int | None, list[date]] = defaultdict(list)
    for person_id, day in rows.order_by().values_list("person_id", "day"):
        days[person_id].append(day)
    return days


def _hindrance(
    shift: Shift,
    others: Sequence[Shift],
    person: PersonFacts | None,
    days: Sequence[date],
    school: set[date],
) -> str | None:
    """Why somebody who serves there cannot take a shift: the rules by which rosters are made, but
    that a second shift on one day is no hindrance to who stands in.

    `days` are those of their other shifts.
    """
    if any(s.starts_at < shift.ends_at and shift.starts_at < s.ends_at for s in others):
        return "on duty"
    told = {**WEIGHTS, **shift.roster.weights}
    station = facts_of(shift.station)
    if not all(
        rested((facts_of(s.station), s.day), (station, shift.day), told["rest_hours"])
        for s in others
    ):
        return "rest"
    if person is None:
        return "not serving"
    monday = shift.day - timedelta(days=shift.day.weekday())
    if (
        person.most_a_week is not None
        and sum(monday <= d < monday + timedelta(days=7) for d in days) >= person.most_a_week
    ):
        return "too many a week"
    if (
        told["most_in_a_row"]
        and 1 + days_beside(days, shift.day, -1) + days_beside(days, shift.day, 1)
        > told["most_in_a_row"]
    ):
        return "too many in a row"
    return hindrance(person, station, shift.day, school)
