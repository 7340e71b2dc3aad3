"""Reads of units, scoped by the database to what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from anyuan.kernel.http import number
from anyuan.kernel.scoping import Invisible, Viewer, visible

from .models import (
    CAMPUSES,
    INSPECTED,
    CalendarException,
    Kind,
    Place,
    PlaceKind,
    Stage,
    Term,
    Unit,
)
from .rules import TermDates

MENU = 200  # units of a menu; our own bound

__all__ = ["CalendarException", "Kind", "Place", "PlaceKind", "Stage", "Term", "TermDates", "Unit"]


def get(unit_id: int) -> Unit:
    """:raises Invisible:"""
    return visible(Unit.objects.order_by("path"), unit_id)


def mine(viewer: Viewer, unit_id: int) -> Unit:
    """A unit at or below which the viewer holds a role; not those above it. :raises Invisible:"""
    unit = get(unit_id)
    if not any(unit.path.startswith(scope) for scope in viewer.scopes):
        raise Invisible
    return unit


def held_by(viewer: Viewer) -> list[Unit]:
    """The units at which the viewer holds a role, top first."""
    ids = {g.unit_id for g in viewer.grants}
    return list(Unit.objects.filter(pk__in=ids).order_by("path"))


def chosen(viewer: Viewer, asked: str | None) -> Unit:
    """The unit a page is about: the one its address names, else the viewer's own.

    :raises Invisible:
    """
    found = held_by(viewer)
    if asked is not None:
        return mine(viewer, number(asked))
    if not found:
        raise Invisible
    return found[0]


def chosen_campus(viewer: Viewer, asked: str | None) -> Unit:
    """The campus a page is about: what its address names, else the viewer's own, else the first
    below. :raises Invisible:
    """
    found = chosen(viewer, asked)
    return found if found.is_campus or asked else campuses(found).first() or found


def sees_all(viewer: Viewer) -> bool:
    """Whether somebody holds a role at the uppermost unit."""
    top = root()
    return top is not None and any(g.unit_id == top.pk for g in viewer.grants)


def visible_below(viewer: Viewer) -> list[Unit]:
    """Every open unit at or below which the viewer holds a role."""
    return [u for o in held_by(viewer) for u in below(o).filter(closed_on=None)]


def menu(viewer: Viewer, at: Unit) -> list[Unit]:
    """The units that a page lets one choose from: all that one sees, or where those are very many
    the offices and what lies beside the one that is shown. At most three queries.
    """
    held = [Q(path__startswith=u.path) for u in held_by(viewer)]
    seen = Unit.objects.filter(reduce(or_, held, Q(pk=at.pk)), closed_on=None).order_by("path")
    every = list(seen[: MENU + 1])
    if len(every) <= MENU:
        return every
    beside = Q(parent_id=at.parent_id if at.is_inspected else at.pk) | Q(pk=at.pk)
    return list(seen.filter(~Q(kind__in=INSPECTED) | beside)[: 2 * MENU])


def below(unit: Unit) -> QuerySet[Unit]:
    """The unit and everything under it."""
    return Unit.objects.filter(path__startswith=unit.path).order_by("path")


def campuses(unit: Unit) -> QuerySet[Unit]:
    return below(unit).filter(kind__in=CAMPUSES, closed_on=None)


def inspected(unit: Unit, since: date | None = None) -> QuerySet[Unit]:
    """Campuses, and the institutions outside schools that are inspected as they are; `since`: also
    those that were closed after it.
    """
    is_open = Q(closed_on=None) | (Q(closed_on__gt=since) if since else Q())
    return below(unit).filter(is_open, kind__in=INSPECTED)


def towns(unit: Unit) -> QuerySet[Unit]:
    return below(unit).filter(kind=Kind.TOWN)


# -- the calendar -------------------------------------------------------------
def calendars_of(below: Sequence[Unit]) -> dict[int, Unit]:
    """For each unit the nearest one upward that keeps terms or exceptions; the unit itself if none
    does. Two queries.
    """
    ids = {i for u in below for i in u.ancestor_ids()}
    keepers = set(Term.objects.filter(unit_id__in=ids).values_list("unit_id", flat=True)) | set(
        CalendarException.objects.filter(unit_id__in=ids).values_list("unit_id", flat=True)
    )
    known = {u.pk: u for u in Unit.objects.filter(pk__in=keepers).order_by("path")}
    return {
        u.pk: next((known[i] for i in reversed(u.ancestor_ids()) if i in known), u) for u in below
    }


def calendar_unit(unit: Unit) -> Unit:
    return calendars_of([unit])[unit.pk]


def calendars() -> list[Unit]:
    """Every unit that keeps terms or exceptions of its own."""
    return list(
        Unit.objects.filter(Q(terms__isnull=False) | Q(calendar_exceptions__isnull=False))
        .distinct()
        .order_by("path")
    )


def term_rows(unit: Unit) -> list[Term]:
    """The terms a unit goes by: its own, else those of the nearest unit upward that has some."""
    rows: dict[int, list[Term]] = {}
    for t in (
        Term.objects.filter(unit_id__in=unit.ancestor_ids())
        .select_related("unit")
        .order_by("starts")
    ):
        rows.setdefault(t.unit_id, []).append(t)
    return next((rows[i] for i in reversed(unit.ancestor_ids()) if i in rows), [])


def terms(unit: Unit) -> list[TermDates]:
    return [TermDates(t.name, t.starts, t.ends) for t in term_rows(unit)]


def exception_rows(unit: Unit) -> list[CalendarException]:
    """The exceptions that hold for a unit, by day; of several the nearest one's."""
    rows = (
        CalendarException.objects.filter(unit_id__in=unit.ancestor_ids())
        .select_related("unit")
        .order_by("unit__path", "day")
    )
    return sorted({r.day: r for r in rows}.values(), key=lambda r: r.day)


def exceptions(unit: Unit) -> dict[date, bool]:
    return {r.day: r.is_school_day for r in exception_rows(unit)}


def places(unit: Unit) -> list[Place]:
    """The open places of a unit."""
    return list(
        Place.objects.filter(unit=unit, closed_on=None).order_by("building", "floor", "name", "pk")
    )


def places_below(viewer: Viewer) -> QuerySet[Place]:
    """The open places of every unit the viewer holds a role at or above."""
    ids = [u.pk for u in visible_below(viewer)]
    rows = Place.objects.filter(unit__in=ids, closed_on=None).select_related("unit")
    return rows.order_by("unit__path", "name", "pk")


def place(place_id: int) -> Place:
    """:raises Invisible:"""
    return visible(Place.objects.select_related("unit").order_by("pk"), place_id)


def inspected_ids() -> list[int]:
    """Every open unit at which hazards are looked for."""
    rows = Unit.objects.filter(kind__in=INSPECTED, closed_on=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def open_ids() -> list[int]:
    """Every campus that is open."""
    return list(
        Unit.objects.filter(kind__in=CAMPUSES, closed_on=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def root() -> Unit | None:
    """The uppermost unit of the installation."""
    return Unit.objects.filter(parent=None).order_by("pk").first()
