"""Reads of units, scoped by the database to what the viewer may see."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from anyuan.kernel.scoping import Invisible, Viewer, visible

from .models import CAMPUSES, CalendarException, Kind, Term, Unit
from .rules import TermDates

__all__ = ["Kind", "Unit"]


def get(unit_id: int) -> Unit:
    """:raises Invisible:"""
    return visible(Unit.objects.order_by("path"), unit_id)


def mine(viewer: Viewer, unit_id: int) -> Unit:
    """A unit at or below which the viewer holds a role; not those above it. :raises Invisible:"""
    unit = get(unit_id)
    if not any(unit.path.startswith(scope) for scope in viewer.scopes):
        raise Invisible
    return unit


def own(viewer: Viewer) -> list[Unit]:
    """The units at which the viewer holds a role, top first."""
    ids = {g.unit_id for g in viewer.grants}
    return list(Unit.objects.filter(pk__in=ids).order_by("path"))


def below(unit: Unit) -> QuerySet[Unit]:
    """The unit and everything under it."""
    return Unit.objects.filter(path__startswith=unit.path).order_by("path")


def campuses(unit: Unit) -> QuerySet[Unit]:
    return below(unit).filter(kind__in=CAMPUSES, closed_on=None)


def towns(unit: Unit) -> QuerySet[Unit]:
    return below(unit).filter(kind=Kind.TOWN)


def calendar_unit(unit: Unit) -> Unit:
    """The nearest unit upward that keeps terms; the unit itself if none does."""
    holders = {t.unit_id: t.unit for t in Term.objects.filter(unit_id__in=unit.ancestor_ids()).select_related("unit").order_by("pk")}
    for ancestor in reversed(unit.ancestor_ids()):
        if ancestor in holders:
            return holders[ancestor]
    return unit


def terms(unit: Unit) -> list[TermDates]:
    return [TermDates(t.name, t.starts, t.ends) for t in Term.objects.filter(unit=unit).order_by("starts")]


def exceptions(unit: Unit) -> dict[date, bool]:
    return dict(CalendarException.objects.filter(unit=unit).order_by("day").values_list("day", "is_school_day"))


def with_terms() -> list[Unit]:
    """Every unit that keeps terms of its own."""
    return list(Unit.objects.filter(terms__isnull=False).distinct().order_by("path"))
