"""What the engine is asked: people, stations, what stands around a roster."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from anyuan.kernel.clock import local_day, midnight
from anyuan.org.units import queries as units
from anyuan.org.units import rules as calendar
from anyuan.org.units.models import Unit
from anyuan.org.units.rules import school_year
from anyuan.staffing.stations import queries as stations
from anyuan.staffing.stations.models import Serving
from anyuan.staffing.stations.queries import facts_of
from anyuan.staffing.stations.rules import DAY_MINUTES, PersonFacts

from ..models import (
    Leave,
    LeaveState,
    Roster,
    Shift,
)
from ..rules.bounds import LONGEST_ROW, WEIGHTS
from ..rules.merging import Placed
from ..rules.posing import Asked, Posed, problem_of
from ..rules.resting import Standing
from .force import shifts


def people_facts(unit: Unit, starts: date, ends: date) -> list[PersonFacts]:
    """Everybody who may serve at a unit, with what the roster must know of them. Four queries."""
    serving: dict[int, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for row in (
        Serving.objects.filter(unit=unit, station__closed_on=None, person__left_on=None)
        .select_related("person")
        .order_by("person__pinyin", "pk")
    ):
        serving[row.person_id].add(row.station_id)
        names[row.person_id] = row.person.name
    known, lessons = stations.cards(unit), stations.busy(unit)
    leaves: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    wished: dict[int, list[tuple[str, None, date, date, int, int]]] = defaultdict(list)
    for leave in Leave.objects.filter(
        unit=unit,
        state__in=[LeaveState.ASKED, LeaveState.APPROVED],
        starts_at__lt=midnight(ends) + timedelta(days=1),
        ends_at__gt=midnight(starts),
    ).order_by("pk"):
        if leave.state == LeaveState.APPROVED:
            leaves[leave.person_id].append((leave.starts_at, leave.ends_at))
        else:
            # Until it is approved it binds nobody; a roster goes round it where it can.
            wished[leave.person_id].append(
                (
                    stations.BusyKind.RATHER_NOT,
                    None,
                    local_day(leave.starts_at),
                    local_day(leave.ends_at) + timedelta(days=1),
                    0,
                    2 * DAY_MINUTES,
                )
            )
    out = []
    for person_id, at in serving.items():
        card = known.get(person_id)
        rows = (
            *(
                (b.kind, b.weekday, b.starts, b.ends, *stations.minutes_of(b))
                for b in lessons.get(person_id, ())
            ),
            *wished[person_id],
        )
        out.append(
            PersonFacts(
                person_id,
                names[person_id],
                frozenset(at),
                card.gender if card else "",
                card.certificate if card else "",
                card.certificate_until if card else None,
                card.most_a_week if card else None,
                tuple(leaves[person_id]),
                rows,
            )
        )
    return out


def bounds(unit: Unit) -> dict[str, int]:
    """The weights and bounds by which a unit made its last roster."""
    last = Roster.objects.filter(unit=unit, away=None).order_by("-asked_at", "-pk").first()
    return {**WEIGHTS, **(last.weights if last else {})}


def placed(rows: QuerySet[Shift]) -> list[Placed]:
    return [
        Placed(
            s.pk,
            s.station_id,
            s.person_id,
            s.day,
            s.starts_at,
            s.ends_at,
            s.changed_at,
            s.came_at is not None,
        )
        for s in rows.order_by("pk")
    ]


def school_days(unit: Unit, starts: date, ends: date) -> set[date]:
    return set(calendar.school_days(starts, ends, units.terms(unit), units.exceptions(unit)))


def served(unit: Unit, before: date) -> Counter[tuple[int, str]]:
    """What each person served since September before a day, by (person, "nights" | "days_off" |
    "holidays" | kind of station).
    """
    first = school_year(before)
    free = school_days(unit, first, before)
    out: Counter[tuple[int, str]] = Counter()
    for shift in (
        Shift.objects.filter(
            unit=unit, in_force=True, person__isnull=False, day__gte=first, day__lt=before
        )
        .select_related("station")
        .order_by("pk")
    ):
        assert shift.person_id is not None
        out[shift.person_id, shift.station.kind] += 1
        if facts_of(shift.station).by_night:
            out[shift.person_id, "nights"] += 1
        if shift.day not in free:
            out[shift.person_id, "days_off"] += 1
            out[shift.person_id, "holidays"] += calendar.is_public_holiday(shift.day)
    return out


def posed(roster: Roster) -> Posed:
    """A roster as a problem of the engine; what stands on its days should stay."""
    unit, starts, ends = roster.unit, roster.starts, roster.ends
    days = [starts + timedelta(days=i) for i in range((ends - starts).days)]
    terms = units.terms(unit)
    begun = _begun(roster)
    stand = _standing(roster, begun)
    asked = Asked(
        stations=[facts_of(s) for s in stations.stations(unit)],
        people=people_facts(unit, starts, ends),
        days=days,
        school_days=school_days(unit, starts, ends + timedelta(days=1)),
        weights=roster.weights,
        before=served(unit, starts),
        keep=_keep(roster, begun),
        around=[s for s in stand if not starts <= s.day < ends],
        away=_away(roster),
        begun=[s for s in stand if starts <= s.day < ends],
        moment=roster.asked_at,
        holidays={d for d in days if calendar.is_public_holiday(d)},
        vacation={d for d in days if not any(t.starts <= d < t.ends for t in terms)},
    )
    return problem_of(asked)


def _away(roster: Roster) -> tuple[int, date] | None:
    if roster.away_id is None or roster.away_on is None:
        return None
    return roster.away_id, roster.away_on


def _begun(roster: Roster) -> Q:
    """What has begun stays, except where somebody must be found for it."""
    open_ = Q(pk__in=[])
    if _away(roster):
        mine = Q(person=roster.away_id, day=roster.away_on)
        open_ = mine & Q(came_at=None, ends_at__gt=roster.asked_at)
    return Q(starts_at__lte=roster.asked_at) & ~open_


def _keep(roster: Roster, begun: Q) -> list[tuple[int, date, int]]:
    inside = Q(day__gte=roster.starts, day__lt=roster.ends)
    rows = Shift.objects.filter(inside, unit=roster.unit, in_force=True, person__isnull=False)
    kept = rows.exclude(begun).order_by("pk").values_list("person_id", "day", "station_id")
    return [(person, day, station) for person, day, station in kept if person is not None]


def _standing(roster: Roster, begun: Q) -> list[Standing]:
    """The shifts beside a roster, and those of its days that have begun."""
    row = timedelta(days=LONGEST_ROW)
    before = Q(day__lt=roster.starts, day__gte=roster.starts - row)
    after = Q(day__gte=roster.ends, day__lt=roster.ends + row)
    inside = begun & Q(day__gte=roster.starts, day__lt=roster.ends)
    rows = shifts().filter(
        before | after | inside, unit=roster.unit, in_force=True, person__isnull=False
    )
    return [
        Standing(s.person_id or 0, facts_of(s.station), s.day, s.starts_at, s.ends_at) for s in rows
    ]


def teaches(person: PersonFacts | None, day: date, school: set[date]) -> bool:
    """Whether somebody has a lesson on a day, and so is there anyway."""
    return (
        person is not None
        and day in school
        and any(
            kind == "lesson" and weekday in {None, day.weekday()}
            for kind, weekday, *_ in person.busy
        )
    )
