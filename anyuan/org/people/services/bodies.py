"""Bodies are formed, seats given."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit

from ..models import (
    Body,
    Membership,
    Person,
)
from .leaving import Belonging


@transaction.atomic
def form_body(*, unit: Unit, name: str, kind: str, purpose: str, by: Viewer, at: datetime) -> Body:
    """Form a body, or change the open one of that name."""
    by.require("org.edit", unit.path)
    body, _made = Body.objects.update_or_create(
        unit=unit, name=name, closed_on=None, defaults={"kind": kind, "purpose": purpose}
    )
    audit.record("body.formed", by=by, at=at, unit_id=unit.pk, subject=name, body=body.pk)
    return body


@transaction.atomic
def seat(*, body: Body, person: Person, rank: str, duty: str, by: Viewer, at: datetime) -> None:
    """Seat a person in a body, or change their seat."""
    by.require("org.edit", body.unit.path)
    Membership.objects.update_or_create(
        body=body,
        person=person,
        until=None,
        defaults={"rank": rank, "duty": duty},
        create_defaults={"unit": body.unit, "rank": rank, "duty": duty, "since": local_day(at)},
    )
    audit.record(
        "body.seat",
        by=by,
        at=at,
        unit_id=body.unit_id,
        subject=body.name,
        body=body.pk,
        person=person.pk,
        rank=rank,
    )


@transaction.atomic
def unseat(*, body: Body, seat_id: int, by: Viewer, at: datetime) -> None:
    by.require("org.edit", body.unit.path)
    if Membership.objects.filter(pk=seat_id, body=body, until=None).update(until=local_day(at)):
        audit.record(
            "body.unseated", by=by, at=at, unit_id=body.unit_id, subject=body.name, body=body.pk
        )


@transaction.atomic
def close_body(*, body: Body, by: Viewer, at: datetime) -> None:
    """Close a body; its seats end with it."""
    by.require("org.edit", body.unit.path)
    if Body.objects.filter(pk=body.pk, closed_on=None).update(closed_on=local_day(at)):
        Membership.objects.filter(body=body, until=None).update(until=local_day(at))
        audit.record(
            "body.closed", by=by, at=at, unit_id=body.unit_id, subject=body.name, body=body.pk
        )


class Seats:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("seat", m.pk, f"{m.body.name} {m.get_rank_display()}")
            for m in person.memberships.filter(until=None).select_related("body").order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        old = visible(Membership.objects.order_by("pk"), pk)
        Membership.objects.filter(pk=pk).update(until=on)
        if to is not None:
            Membership.objects.get_or_create(
                body_id=old.body_id,
                person=to,
                until=None,
                defaults={"unit_id": old.unit_id, "rank": old.rank, "duty": old.duty, "since": on},
            )
