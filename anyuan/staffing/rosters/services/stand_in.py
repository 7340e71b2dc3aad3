"""Somebody is asked to stand in; the first yes takes the shift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.org.people.models import Person
from anyuan.staffing.rosters.queries import shifts, substitutes, swaps, waiting
from anyuan.staffing.stations.services import serving

from ..models import (
    Shift,
    StandInRequest,
)

if TYPE_CHECKING:
    pass
from .leave import this_school_year
from .shifts import give


@transaction.atomic
def ask(*, shift_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> int:
    """Ask one or several to stand in; the first yes takes the shift.

    Returns how many were asked anew.
    """
    shift = shifts.shift(shift_id)
    if shift.person_id != by.person_id:
        by.require("roster.make", shift.unit.path)
    can = {s.person.pk for s in substitutes.substitutes(shift) if s.hindrance is None}
    if not persons:
        raise Refused(_("Please tick whom to ask."))
    asked = 0
    for person in persons:
        # Whoever said no, or came too late, may be asked again: the day is another.
        if (
            person.pk in can
            and not StandInRequest.objects.filter(shift=shift, person=person, answer="").exists()
        ):
            asked_now, _new = StandInRequest.objects.update_or_create(
                shift=shift,
                person=person,
                defaults={
                    "unit": shift.unit,
                    "asked_by": by.name[:40],
                    "asked_at": at,
                    "answer": "",
                    "answered_at": None,
                },
            )
            asked += 1
            _tell_asked(asked_now, at)
    if asked:
        audit.record(
            "shift.asked",
            by=by,
            at=at,
            unit_id=shift.unit_id,
            subject=f"{shift.day} {shift.station.name}",
            shift=shift.pk,
            people=asked,
        )
        live.notify("verdicts", units=[shift.unit_id])
    return asked


def _tell_asked(asked: StandInRequest, at: datetime) -> None:
    """A request also leaves the pages; whoever has no account answers on their own link."""
    person = asked.person
    link = "/" if person.username else f"/d/#{serving.card_of(person).feed}"
    messages.tell_matters([waiting.stand_in_matter(asked, link)], at)


@transaction.atomic
def answer(*, request_id: int, yes: bool, by: Viewer, at: datetime) -> StandInRequest:
    """Say whether one stands in; who says yes after another did is told so. :raises Refused:"""
    row = swaps.request(request_id)
    if row.person_id != by.person_id:
        raise Denied("not asked of you")
    Shift.objects.select_for_update().get(pk=row.shift_id)
    row.refresh_from_db()
    if row.answer == "late":
        raise Refused(_("Somebody else has taken this shift already. Thank you."))
    if row.answer:
        return row
    if yes:
        give(shifts.shift(row.shift_id), row.person, by, at)
    StandInRequest.objects.filter(pk=row.pk).update(answer="yes" if yes else "no", answered_at=at)
    row.refresh_from_db()
    return row


def forget_over(at: datetime) -> int:
    """Who was asked to stand in, once the next school year has begun."""
    return StandInRequest.objects.filter(shift__ends_at__lt=this_school_year(at)).delete()[0]
