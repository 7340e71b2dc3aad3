"""Writes of units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit

from .models import CalendarException, Place, Term, Unit

# What follows from what a unit is, e.g. what it owes, is kept by upper storeys: name → who brings
# it up to date.
FOLLOWERS: dict[str, Callable[[Sequence[Unit], Viewer, datetime], None]] = {}
TRAITS = (
    "stage",
    "urban",
    "boarding",
    "private",
    "school_bus",
    "high_risk",
    "weak_base",
    "pupils",
    "classes",
    "buildings",
    "shifts",
)


def follow(changed: Sequence[Unit], by: Viewer, at: datetime) -> None:
    """Have everything that depends on what these units are brought up to date."""
    for follower in FOLLOWERS.values():
        follower(changed, by, at)


@transaction.atomic
def describe(*, unit: Unit, traits: Mapping[str, Any], by: Viewer, at: datetime) -> None:
    """Say anew what a unit is; what it owes follows.

    Unknown traits stay unknown. :raises Denied: only from above.
    """
    by.require("org.edit", unit.path.removesuffix(f"{unit.pk}/"))
    values = {k: v for k, v in traits.items() if k in TRAITS}
    if any(getattr(unit, k) != v for k, v in values.items()):
        Unit.objects.filter(pk=unit.pk).update(**values)
        unit.refresh_from_db()
        audit.record(
            "unit.described",
            by=by,
            at=at,
            unit_id=unit.pk,
            subject=unit.name,
            **{k: v for k, v in values.items() if not isinstance(v, float)},
        )
        follow([unit], by, at)


@transaction.atomic
def create(*, parent: Unit | None, kind: str, name: str, opened_on: date, **facts: Any) -> Unit:
    """Add a unit under its parent; its path is made from its id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('units_unit', 'id'))")
        (pk,) = cursor.fetchone()
    path = f"{parent.path if parent else '/'}{pk}/"
    return Unit.objects.create(
        pk=pk, parent=parent, kind=kind, name=name, opened_on=opened_on, path=path, **facts
    )


@transaction.atomic
def set_term(*, unit: Unit, name: str, starts: date, ends: date) -> Term:
    term, _ = Term.objects.update_or_create(
        unit=unit, starts=starts, defaults={"name": name, "ends": ends}
    )
    return term


@transaction.atomic
def add_place(
    *,
    unit: Unit,
    name: str,
    kind: str,
    building: str = "",
    floor: int | None = None,
    key_area: bool = False,
) -> Place:
    """Add a place, or bring the open one of that name up to date."""
    place, _ = Place.objects.update_or_create(
        unit=unit,
        name=name,
        closed_on=None,
        defaults={"kind": kind, "building": building, "floor": floor, "key_area": key_area},
    )
    return place


@transaction.atomic
def close_place(*, place: Place, on: date) -> None:
    """Close a place; what happened there keeps its name."""
    Place.objects.filter(pk=place.pk, closed_on=None).update(closed_on=on)


@transaction.atomic
def drop_term(*, unit: Unit, starts: date) -> bool:
    """Take a term of a unit away; whether there was one."""
    return bool(Term.objects.filter(unit=unit, starts=starts).delete()[0])


@transaction.atomic
def except_days(*, unit: Unit, first: date, last: date, is_school_day: bool, reason: str) -> None:
    """Make the days first to last (both included) school days, or none, for a unit and those below
    it.
    """
    for i in range((last - first).days + 1):
        CalendarException.objects.update_or_create(
            unit=unit,
            day=first + timedelta(days=i),
            defaults={"is_school_day": is_school_day, "reason": reason},
        )


@transaction.atomic
def drop_exception(*, unit: Unit, day: date) -> bool:
    return bool(CalendarException.objects.filter(unit=unit, day=day).delete()[0])
