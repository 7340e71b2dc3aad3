"""What came of a stretch of days at each school: the report of a campaign's phase, and what was
asked of the school in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q, Sum

from anyuan.field.hazards import queries as hazards
from anyuan.field.hazards.models import Hazard, HazardPhoto, HazardState, Inspection
from anyuan.field.hazards.rules.checklists import ABSENT
from anyuan.kernel.clock import local_day, midnight
from anyuan.obligations.plans import queries as plans
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import Notice, NoticeProblem, Visit, VisitState
from . import schools_of

VISITS_A_TERM = 3  # at least; mission R-I1, of a plan that says so


@dataclass(frozen=True)
class Sums:
    """What was done and found, and what was asked, in a stretch of days."""

    inspections: int = 0  # of the school's own
    items: int = 0  # that were looked at in them
    found: int = 0
    closed: int = 0  # of those found
    open: int = 0
    again: int = 0  # opened again
    visits: int = 0  # from above
    notices: int = 0
    problems: int = 0  # of those notices
    photos: int = 0  # that were taken of fixing and verifying

    def __add__(self, other: Sums) -> Sums:
        mine, theirs = asdict(self), asdict(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})


NAMES = tuple(field.name for field in fields(Sums))


@dataclass(frozen=True)
class Line:
    """A school, or the schools of a town together."""

    name: str
    unit: Unit | None  # None: a sum
    sums: Sums

    @property
    def cells(self) -> list[int]:
        return list(asdict(self.sums).values())


@dataclass(frozen=True)
class Stretch:
    """A phase of a campaign, or a term; both days included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Summary:
    unit: Unit
    first: date
    last: date
    name: str  # of the phase or term that these days are; empty: some other days
    lines: list[Line]
    total: Sums
    unchecked: int  # schools without an inspection of their own
    rarely: int  # schools with fewer visits than a term asks for
    stretches: list[Stretch]


def summary(unit: Unit, first: date, last: date, now: datetime) -> Summary:
    """The schools of a unit from a first to a last day. Eight queries, however many schools."""
    schools = [unit] if unit.is_inspected else schools_of(unit, first)
    by_unit = _sums([s.pk for s in schools], first, last)
    begun = stretches(unit, now)
    named = [s.name for s in begun if (s.first, min(s.last, local_day(now))) == (first, last)]
    each = [Line(s.name, s, by_unit[s.pk]) for s in schools]
    return Summary(
        unit=unit,
        first=first,
        last=last,
        name=named[0] if named else "",
        lines=_with_towns(each),
        total=sum((line.sums for line in each), Sums()),
        unchecked=sum(1 for line in each if not line.sums.inspections),
        rarely=sum(1 for line in each if line.sums.visits < VISITS_A_TERM),
        stretches=begun,
    )


def stretches(unit: Unit, now: datetime) -> list[Stretch]:
    """The terms and the phases of campaigns that have begun, the newest first."""
    today = local_day(now)
    terms = [Stretch(t.name, t.starts, t.ends - timedelta(days=1)) for t in units.terms(unit)]
    phases = [
        Stretch(p.name, p.starts, p.ends - timedelta(days=1))
        for p in plans.running_phases()
        if p.starts and p.ends
    ]
    begun = [s for s in terms + phases if s.first <= today]
    return sorted(begun, key=lambda s: s.first, reverse=True)[:12]


def usual(unit: Unit, now: datetime) -> Stretch:
    """What is shown where nothing is asked: what is going on, the shortest of it, up to today; else
    the last thirty days.
    """
    today = local_day(now)
    running = [s for s in stretches(unit, now) if s.last >= today]
    thirty = Stretch("", today - timedelta(days=30), today)
    found = min(running, key=lambda s: s.last - s.first, default=thirty)
    return Stretch(found.name, found.first, today)


def _with_towns(each: list[Line]) -> list[Line]:
    """The schools, each town's together under their sum."""
    by_parent: dict[int | None, list[Line]] = {}
    for line in each:
        by_parent.setdefault(line.unit.parent_id if line.unit else None, []).append(line)
    if len(by_parent) <= 1:
        return each
    names = dict(Unit.objects.filter(pk__in=list(by_parent)).values_list("pk", "name"))
    found = []
    for parent, lines in by_parent.items():
        total = sum((line.sums for line in lines), Sums())
        found += [Line(names.get(parent or 0, ""), None, total), *lines]
    return found


def _sums(schools: list[int], first: date, last: date) -> dict[int, Sums]:
    span = (midnight(first), midnight(last + timedelta(days=1)))
    found: dict[int, dict[str, int]] = {pk: {} for pk in schools}
    for rows in (
        _inspected(schools, span),
        _hazards(schools, span),
        _photos(schools, span),
        _visits(schools, span),
        _notices(schools, span),
        _problems(schools, span),
    ):
        for row in rows:
            found[row.pop("at")].update(row)
    return {pk: Sums(**counted) for pk, counted in found.items()}


# Items that are not at a place were not looked at.
LOOKED_AT = (
    "(SELECT count(*) FROM jsonb_array_elements(%(expressions)s) a"
    f" WHERE a->>'answer' <> '{ABSENT}')"
)
Span = tuple[datetime, datetime]
Rows = Any  # a queryset of values, by school


def _of(rows: Rows, place: str, schools: list[int], moment: str, span: Span) -> Rows:
    """The rows of schools within a stretch, by school."""
    within: Mapping[str, Any] = {f"{moment}__gte": span[0], f"{moment}__lt": span[1]}
    return rows.filter(**{f"{place}__in": schools}, **within).order_by().values(at=F(f"{place}_id"))


def _inspected(schools: list[int], span: Span) -> Rows:
    items = Func("answers", template=LOOKED_AT, output_field=IntegerField())
    rows = _of(Inspection.objects.all(), "unit", schools, "done_at", span)
    return rows.annotate(inspections=Count("pk"), items=Sum(items))


def _hazards(schools: list[int], span: Span) -> Rows:
    real = Hazard.objects.exclude(state__in=[HazardState.MERGED, HazardState.WITHDRAWN])
    return _of(real, "unit", schools, "found_at", span).annotate(
        found=Count("pk"),
        closed=Count("pk", filter=Q(state=HazardState.CLOSED)),
        open=Count("pk", filter=Q(state__in=hazards.OPEN)),
        again=Count("pk", filter=Q(reopened__gt=0)),
    )


def _photos(schools: list[int], span: Span) -> Rows:
    rows = _of(HazardPhoto.objects.all(), "unit", schools, "step__at", span)
    return rows.annotate(photos=Count("pk"))


def _visits(schools: list[int], span: Span) -> Rows:
    done = Visit.objects.filter(state=VisitState.DONE)
    return _of(done, "school", schools, "done_at", span).annotate(visits=Count("pk"))


def _notices(schools: list[int], span: Span) -> Rows:
    rows = _of(Notice.objects.all(), "school", schools, "issued_at", span)
    return rows.annotate(notices=Count("pk"))


def _problems(schools: list[int], span: Span) -> Rows:
    rows = _of(NoticeProblem.objects.all(), "school", schools, "notice__issued_at", span)
    return rows.annotate(problems=Count("pk"))
