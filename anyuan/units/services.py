"""Writes of units."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from .models import Term, Unit


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
