"""Reads of hazards: the list of a unit and those below, one with its steps, the card at home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.people.rules import Held, Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.queries import Line

from .. import rules
from ..forms import OPEN, HazardsForm
from ..models import Grade, Hazard, HazardPhoto, HazardState, HazardStep, ReportCode

__all__ = ["OPEN", "Hazard", "HazardState", "Held", "ReportCode"]

LISTED = 6  # on a home page; our own bound
AGAIN_WITHIN = timedelta(days=365)  # the same place is the same trouble; our own bound
USUAL_OF, USUAL_FROM = 20, 3  # closed ones that say how long fixing takes; our own bounds
COMPARED = 200  # open hazards of a unit that a new one is compared with; our own bound


@dataclass(frozen=True)
class Row:
    """A hazard as a list shows it: what was said of it, whether its day is over."""

    hazard: Hazard
    line: Line
    is_late: bool
    days: int  # since it was found, or that it took until it was closed

    @property
    def said(self) -> str:
        """What is wrong, in the words of whoever found it."""
        return said(self.line)

    @property
    def what(self) -> str:
        """Where it is and what is wrong, in one line."""
        return what(self.line)


def said(line: Line) -> str:
    subject, result = (str(line.words.get(name) or "") for name in ("subject", "result"))
    return subject if result in {"", subject} else f"{subject}；{result}"


def what(line: Line) -> str:
    return "：".join(part for part in (line.place, said(line)) if part) or "—"


def of(unit: Unit) -> QuerySet[Hazard]:
    """The hazards of a unit and those below, the newest first."""
    return (
        Hazard.objects.filter(unit__path__startswith=unit.path)
        .select_related("unit", "newest", "fact", "owner")
        .order_by("-found_at", "-pk")
    )


def narrowed(rows: QuerySet[Hazard], form: HazardsForm, viewer: Viewer, today: date) -> Any:
    """Those that a form asks for; where it says nothing, those that are open."""
    if form.grade:
        rows = rows.filter(grade=form.grade)
    if form.state == "all":
        return rows
    if form.state == "late":
        return rows.filter(state=HazardState.ASSIGNED, deadline__lt=today)
    if form.state == "mine":
        return rows.filter(Q(owner_id=viewer.pk) | Q(fact__by_id=viewer.pk))
    if form.state:
        return rows.filter(state=form.state)
    return rows.filter(state__in=OPEN)


def rows(hazards: Sequence[Hazard], today: date) -> list[Row]:
    """What a list shows. One query, however many."""
    lines = evidence.lines([h.newest for h in hazards])
    return [_row(h, line, today) for h, line in zip(hazards, lines, strict=True)]


def _row(hazard: Hazard, line: Line, today: date) -> Row:
    until = local_day(hazard.closed_at) if hazard.closed_at else today
    return Row(
        hazard,
        line,
        hazard.state == HazardState.ASSIGNED and rules.is_late(hazard.deadline, today),
        (until - local_day(hazard.found_at)).days,
    )


@dataclass(frozen=True)
class Counts:
    """How many hazards stand where."""

    found: int = 0
    assigned: int = 0
    fixed: int = 0
    late: int = 0
    major: int = 0  # of those that are open

    @property
    def open(self) -> int:
        return self.found + self.assigned + self.fixed


def by_state(unit_ids: Iterable[int], today: date) -> QuerySet[Any, Any]:
    """The open ones by unit, state and grade: how many, and how many of them are late. An index
    answers it alone.
    """
    late = Q(state=HazardState.ASSIGNED, deadline__lt=today)
    return (
        Hazard.objects.filter(state__in=OPEN, unit__in=unit_ids)
        .order_by()
        .values("unit_id", "state", "grade")
        .annotate(n=Count("unit_id"), late=Count("unit_id", filter=late))
    )


def counts_of(group: Mapping[str, Any]) -> Counts:
    """What one line of `by_state` counts."""
    major = group["n"] if group["grade"] == Grade.MAJOR else 0
    return Counts(**{group["state"]: group["n"]}, late=group["late"], major=major)


def counts(unit_ids: Iterable[int], today: date) -> dict[int, Counts]:
    """How many are open at each unit; one that has none is not there. One query."""
    found: dict[int, list[Counts]] = {}
    for group in by_state(unit_ids, today):
        found.setdefault(group["unit_id"], []).append(counts_of(group))
    return {pk: summed(counted) for pk, counted in found.items()}


def summed(counted: Iterable[Counts]) -> Counts:
    """The counts of several units together."""
    every: Counter[str] = Counter()
    for one in counted:
        every.update(asdict(one))
    return Counts(**every)


def get(pk: int) -> Hazard:
    """:raises Invisible:"""
    return visible(
        Hazard.objects.select_related(
            "unit", "newest", "fact", "owner", "merged_into", "asked_by", "rectified"
        ).order_by("pk"),
        pk,
    )


def steps(hazard: Hazard) -> list[HazardStep]:
    """What was done about it, the oldest first, each with its photos. Two queries."""
    photos = Prefetch("photos", HazardPhoto.objects.order_by("pk"))
    return list(hazard.steps.prefetch_related(photos).order_by("at", "pk"))


def photo(pk: int) -> HazardPhoto:
    """:raises Invisible:"""
    return visible(HazardPhoto.objects.select_related("unit").order_by("pk"), pk)


def is_known_photo(step: HazardStep, digest: str) -> bool:
    """Whether a photo was kept at the unit before this step, for whatever. Two queries."""
    others = HazardPhoto.objects.filter(unit=step.unit, digest=digest).exclude(step=step)
    return others.exists() or evidence.is_known_file(step.unit, digest)


def earlier(hazard: Hazard, line: Line, today: date) -> list[Row]:
    """Hazards at the same place that were closed within a year before: perhaps it comes again."""
    since = hazard.found_at - AGAIN_WITHIN
    others = (
        Hazard.objects.filter(unit_id=hazard.unit_id, state=HazardState.CLOSED)
        .filter(closed_at__gte=since, closed_at__lt=hazard.found_at)
        .exclude(pk=hazard.pk)
        .select_related("unit", "newest", "owner")
        .order_by("-found_at", "-pk")[:COMPARED]
    )
    return [r for r in rows(list(others), today) if line.place and r.line.place == line.place]


def usual_days(unit: Unit) -> int | None:
    """How long fixing took at a unit, the median of its newest closed ones; None: too few."""
    rows = (
        Hazard.objects.filter(unit=unit, state=HazardState.CLOSED, fixed_at__isnull=False)
        .order_by("-closed_at")
        .values_list("found_at", "fixed_at")[:USUAL_OF]
    )
    days = [(local_day(fixed) - local_day(found)).days for found, fixed in rows if fixed]
    return max(1, round(median(days))) if len(days) >= USUAL_FROM else None


def similar(hazard: Hazard, line: Line, today: date) -> list[Row]:
    """Open hazards of the same unit at the same place: perhaps the same one."""
    others = (
        Hazard.objects.filter(unit_id=hazard.unit_id, state__in=OPEN)
        .exclude(pk=hazard.pk)
        .select_related("unit", "newest", "owner")
        .order_by("-found_at", "-pk")[:COMPARED]
    )
    return [r for r in rows(list(others), today) if line.place and r.line.place == line.place]


def may_own(hazard: Hazard) -> list[Person]:
    """Who may be to fix it: people of the unit; for an institution outside schools, which may have
    nobody here, people of the office right above it too.
    """
    mine = people.choices(hazard.unit)
    parent = hazard.unit.parent
    above = people.choices(parent) if parent and not hazard.unit.is_campus else []
    return [*mine, *above]


def proposed_owner(hazard: Hazard, line: Line) -> Person | None:
    """Whoever is charged with the place at which it was found."""
    for charge in people.charges(hazard.unit):
        if charge.place and charge.place.name == line.place:
            return charge.person
    return None


def _mine(viewer: Viewer) -> list[Held]:
    return [Held(g.role, g.path) for g in viewer.grants]


def is_above(viewer: Viewer, unit: Unit, right: str) -> bool:
    """Whether somebody holds a right over a unit from above it."""
    return any(
        right in g.permissions and unit.path.startswith(g.path) and g.path != unit.path
        for g in viewer.grants
    )


Roles = dict[int, list[Held]]  # person (id) → the roles they held at a moment that counts


def roles_of(hazards: Iterable[Hazard], now: datetime) -> Roles:
    """The roles of whoever fixed, was to fix or asks; those that ended lately count too. One query,
    however many.
    """
    ids = {pk for h in hazards for pk in (h.fixed_by_id, h.owner_id, h.asked_by_id) if pk}
    if not ids:
        return {}
    today = local_day(now)
    found = people.roles_of(ids, today - rules.REOPENED_WITHIN, today)
    return {pk: [Held(*held) for held in roles] for pk, roles in found.items()}


def may_verify(hazard: Hazard, viewer: Viewer, now: datetime, roles: Roles | None = None) -> bool:
    """Whether somebody may say that it is fixed: not whoever fixed it or was to, nor one under
    them; of a major one somebody above its school.
    """
    path = hazard.unit.path
    if not viewer.may("hazard.verify", path):
        return False
    if hazard.grade == Grade.MAJOR and not is_above(viewer, hazard.unit, "hazard.verify"):
        return False
    known = roles_of([hazard], now) if roles is None else roles
    doers = {pk for pk in (hazard.fixed_by_id, hazard.owner_id) if pk}
    return bool(hazard.fixed_by_id) and not any(
        pk == viewer.person_id or rules.is_over(known.get(pk, []), _mine(viewer), path)
        for pk in doers
    )


def may_grant(hazard: Hazard, viewer: Viewer, now: datetime, roles: Roles | None = None) -> bool:
    """Whether somebody may decide on more time: one who is over whoever asks for it."""
    asker, path = hazard.asked_by_id, hazard.unit.path
    if asker is None or asker == viewer.person_id or not viewer.may("hazard.verify", path):
        return False
    known = roles_of([hazard], now) if roles is None else roles
    return rules.is_over(_mine(viewer), known.get(asker, []), path)


@dataclass(frozen=True)
class Open:
    """The open hazards of a home page: the oldest of one school, or schools by their number."""

    counts: Counts
    rows: list[Row]
    schools: list[tuple[Unit, int]]
    page: str


def home_hazards(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """The card of a home page; None where nothing is open. At most three queries."""
    unit, today = (own[0] if own else None), local_day(now)
    if unit is None or not viewer.may("fact.see", unit.path):
        return None
    schools = {u.pk: u for o in own for u in _schools(o)}
    by_unit = counts(list(schools), today)
    if not by_unit:
        return None
    counted = summed(by_unit.values())
    page = f"{reverse('hazards')}?unit={unit.pk}"
    if len(own) == 1 and unit.is_inspected:
        standing = Hazard.objects.filter(unit=unit, state__in=OPEN)
        oldest = standing.select_related("unit", "newest", "owner").order_by("found_at", "pk")
        return {"open": Open(counted, rows(list(oldest[:LISTED]), today), [], page)}
    most = sorted(by_unit, key=lambda pk: -by_unit[pk].open)[:LISTED]
    return {"open": Open(counted, [], [(schools[pk], by_unit[pk].open) for pk in most], page)}


def _schools(unit: Unit) -> list[Unit]:
    return [unit] if unit.is_inspected else [u for u in units.below(unit) if u.is_inspected]


def report_code(code: str) -> ReportCode | None:
    """The unit on whose wall a code hangs."""
    return ReportCode.objects.filter(code=code).select_related("unit").first()


def report_code_of(unit: Unit) -> ReportCode | None:
    return ReportCode.objects.filter(unit=unit).select_related("unit").first()


def short(hazard: Hazard) -> str:
    """Where it is and what it is, in a few words."""
    (line,) = evidence.lines([hazard.newest])
    return what(line)[:80]


def office_of(unit: Unit, but: int | None) -> Person | None:
    """Somebody of the unit's safety office, else its principal; not this person."""
    for role in (Role.SAFETY_OFFICER, Role.PRINCIPAL):
        for pk in people.holding_at([unit.pk], role)[unit.pk]:
            if pk != but:
                return people.get(pk)
    return None
