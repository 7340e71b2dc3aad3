"""Reads of people."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from anyuan.kernel.scoping import NOBODY, Grant, Viewer, signing_in

from .models import Person, RoleGrant
from .rules import permissions


def viewer(person: Person, today: date) -> Viewer:
    """Return what a signed-in person may see and do today."""
    if not person.is_active:
        return NOBODY
    with signing_in():
        rows = list(
            RoleGrant.objects.filter(Q(until=None) | Q(until__gt=today), person=person, since__lte=today)
            .order_by("pk")
            .values_list("role", "unit_id", "unit__path")
        )
    grants = tuple(Grant(role, unit_id, path, permissions(role)) for role, unit_id, path in rows)
    return Viewer(person.pk, person.name, grants, person.unit_id)
