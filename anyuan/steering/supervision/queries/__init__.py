"""Reads of notices, draws and visits: an office sees its own, a school those about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from anyuan.field.hazards import queries as hazards
from anyuan.field.hazards.models import Grade, Hazard, HazardState
from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person, RoleGrant
from anyuan.org.people.queries import moved
from anyuan.org.people.rules import ROLES, Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import Draw, Notice, NoticeState, Visit, VisitState
from ..rules import Entrant, Inspector

INTERESTED = timedelta(days=365)  # since when a role at a school still binds; our own bound
__all__ = ["Draw", "Notice", "NoticeState", "Visit", "VisitState"]


def notices(unit: Unit) -> QuerySet[Notice]:
    """Those that a unit or one below it issued, and those about schools there."""
    below = Q(unit__path__startswith=unit.path) | Q(school__path__startswith=unit.path)
    return (
        Notice.objects.filter(below)
        .select_related("school")
        .annotate(count=Count("problems"))
        .order_by("-issued_at", "-pk")
    )


def notice(pk: int) -> Notice:
    """:raises Invisible:"""
    return visible(Notice.objects.select_related("school").order_by("pk"), pk)


def problems(notice: Notice, now: datetime) -> list[hazards.Row]:
    """What is wrong, and how far each is. Two queries."""
    rows = (
        Hazard.objects.filter(problem__notice=notice)
        .select_related("unit", "newest", "owner", "merged_into")
        .order_by("problem__order")
    )
    return hazards.rows(list(rows), local_day(now))


def open_again(notice: Notice) -> bool:
    """Whether something that was checked and closed is open again."""
    return notice.state == NoticeState.CLOSED and _reopened().filter(pk=notice.pk).exists()


def _reopened() -> QuerySet[Notice]:
    """Closed notices of which a hazard is open again."""
    of_it = Q(problem__notice=OuterRef("pk")) | Q(merged__problem__notice=OuterRef("pk"))
    open_ = Hazard.objects.filter(of_it, state__in=hazards.OPEN)
    return Notice.objects.filter(Exists(open_), state=NoticeState.CLOSED)


def reopened(unit_ids: Sequence[int]) -> QuerySet[Notice]:
    """Those of these offices that were closed and of which a hazard is open again."""
    rows = _reopened().filter(unit__in=unit_ids, checked_at__isnull=False)
    return rows.select_related("school", "unit").order_by("pk")


def office_of(viewer: Viewer, unit: Unit) -> str:
    """In whose name somebody issues a notice from a unit: the unit's, or that of their own station
    where they act there as police alone.
    """
    roles = [g for g in viewer.grants if unit.path.startswith(g.path) and g.role in _SUPERVISING]
    home = Unit.objects.filter(pk=viewer.home_unit_id or unit.pk).first()
    if home is None or any(g.role != Role.POLICE for g in roles):
        return unit.name
    return home.name


_SUPERVISING = frozenset(
    role for role, facts in ROLES.items() if "supervision.do" in facts.permissions
)


def stands(hazard: Hazard) -> str:
    """How far a problem is: what was merged is as far as what it goes on in."""
    return hazard.merged_into.state if hazard.merged_into else hazard.state


def last_word(unit: Unit, office: str) -> str:
    """The word before the number that an office used last."""
    rows = Notice.objects.filter(unit=unit, office=office).order_by("-issued_at", "-pk")
    return rows.values_list("word", flat=True).first() or ""


def next_number(unit: Unit, office: str, year: int) -> int:
    found = Notice.objects.filter(unit=unit, office=office, year=year).aggregate(last=Max("number"))
    return (found["last"] or 0) + 1


def schools_of(unit: Unit, since: date | None = None) -> list[Unit]:
    """The schools that an office supervises: those below it, or where it is one of several offices
    of a district or town, those below that. `since`: also those that were closed after it.
    """
    below = list(units.inspected(unit, since))
    parent = unit.parent
    return below or (list(units.inspected(parent, since)) if parent is not None else [])


def draws(unit: Unit) -> QuerySet[Draw]:
    """Those of a unit, and those from above it that are over: anybody may make them again."""
    return Draw.objects.filter(unit_id__in=unit.ancestor_ids()).order_by("-drawn_at", "-pk")


def draw(pk: int) -> Draw:
    """:raises Invisible:"""
    return visible(Draw.objects.select_related("unit").order_by("pk"), pk)


def visits(unit: Unit) -> QuerySet[Visit]:
    """Those of a unit's own and below it, and those about schools there that have begun."""
    mine = Q(unit__path__startswith=unit.path)
    begun = Q(school__path__startswith=unit.path) & ~Q(state__in=HIDDEN)
    return Visit.objects.filter(mine | begun).order_by("-first_day", "pk")


HIDDEN = (VisitState.PLANNED, VisitState.CANCELLED)


def visit(pk: int) -> Visit:
    """:raises Invisible:"""
    return visible(Visit.objects.order_by("pk"), pk)


def visits_of(draw: Draw) -> list[Visit]:
    return list(draw.visits.order_by("pk"))


def entrants(unit: Unit, now: datetime) -> list[Entrant]:
    """The schools that may be drawn, with what makes one likelier: hazards that are over their day
    or major. Two queries; the weights are our own.
    """
    late = Q(state=HazardState.ASSIGNED, deadline__lt=local_day(now))
    major = Q(grade=Grade.MAJOR, state__in=hazards.OPEN)
    schools = schools_of(unit)
    rows = (
        Hazard.objects.filter(unit__in=[s.pk for s in schools])
        .order_by()
        .values_list("unit_id")
        .annotate(late=Count("pk", filter=late), major=Count("pk", filter=major))
    )
    counted = {pk: (late, major) for pk, late, major in rows}
    return [_entrant(school, *counted.get(school.pk, (0, 0))) for school in schools]


def _entrant(school: Unit, late: int, major: int) -> Entrant:
    why = "、".join(
        part for part in (late and f"逾期隐患{late}条", major and f"重大隐患{major}条") if part
    )
    return Entrant(school.pk, school.name, 1 + min(late, 5) + 2 * min(major, 5), why)


def inspectors(unit: Unit) -> list[Person]:
    """Whoever may make visits in a unit's name: holders of the right at it and below."""
    grants = RoleGrant.objects.filter(
        unit__path__startswith=unit.path, role__in=_SUPERVISING, until=None, person__is_active=True
    )
    ids = grants.order_by().values_list("person_id", flat=True)
    return list(Person.objects.filter(pk__in=ids).select_related("unit").order_by("pinyin", "pk"))


def pool(people_: Sequence[Person], now: datetime) -> list[Inspector]:
    """They as a draw knows them, with every role that they held lately, also before they moved from
    another unit. Two queries.
    """
    today = local_day(now)
    left = moved.left_behind(people_)
    ids = [*left, *(row.pk for rows in left.values() for row in rows)]
    roles = people.roles_of(ids, today - INTERESTED, today)
    return [_inspector(p, left[p.pk], roles) for p in people_]


def _inspector(
    person: Person, left: Sequence[Person], roles: Mapping[int, list[tuple[str, str]]]
) -> Inspector:
    held = roles.get(person.pk, [])
    # Where they held a role before they moved, they are interested by their unit there.
    before = [row.unit.path for row in left if roles.get(row.pk)]
    is_police = all(role == Role.POLICE for role, _path in held)
    return Inspector(
        person.pk,
        person.name,
        person.unit.path,
        is_police,
        (*(path for _role, path in held), *before),
    )


def is_of_office(viewer: Viewer, unit_id: int) -> bool:
    """Whether somebody supervises in the name of a unit: by a role at it or above."""
    unit = Unit.objects.filter(pk=unit_id).first()
    return unit is not None and viewer.may("supervision.do", unit.path)


def may_supervise(viewer: Viewer, school: Unit) -> bool:
    """Whether somebody supervises a school from above it."""
    return any(
        "supervision.do" in g.permissions and school.path.startswith(g.path) for g in viewer.grants
    )


def hazards_of(visit: Visit, now: datetime) -> Sequence[hazards.Row]:
    rows = Hazard.objects.filter(pk__in=visit.hazards).select_related("unit", "newest", "owner")
    return hazards.rows(list(rows.order_by("pk")), local_day(now))
