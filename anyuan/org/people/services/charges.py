"""Who is in charge of what."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Place, Unit

from ..models import (
    Charge,
    Person,
)
from .leaving import Belonging


@transaction.atomic
def give(
    *,
    unit: Unit,
    person: Person,
    area: str,
    place: Place | None,
    school: Unit | None,
    by: Viewer,
    at: datetime,
) -> Charge:
    """Put a person in charge of an area, a place or a school (包保)."""
    by.require("org.edit", unit.path)
    row, new = Charge.objects.get_or_create(
        unit=unit,
        person=person,
        area=area,
        until=None,
        defaults={"since": local_day(at), "place": place, "school": school},
    )
    if new:
        audit.record(
            "charge.given",
            by=by,
            at=at,
            unit_id=unit.pk,
            subject=area,
            charge=row.pk,
            person=person.pk,
        )
    return row


@transaction.atomic
def end(*, charge_id: int, by: Viewer, at: datetime) -> Unit:
    row = visible(Charge.objects.select_related("unit").order_by("pk"), charge_id)
    by.require("org.edit", row.unit.path)
    if Charge.objects.filter(pk=row.pk, until=None).update(until=local_day(at)):
        audit.record(
            "charge.ended", by=by, at=at, unit_id=row.unit_id, subject=row.area, charge=row.pk
        )
    return row.unit


class Charges:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("charge", c.pk, c.area)
            for c in person.charges.filter(until=None).order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        old = visible(Charge.objects.order_by("pk"), pk)
        Charge.objects.filter(pk=pk).update(until=on)
        if to is not None:
            Charge.objects.get_or_create(
                unit_id=old.unit_id,
                person=to,
                area=old.area,
                until=None,
                defaults={"since": on, "place_id": old.place_id, "school_id": old.school_id},
            )
