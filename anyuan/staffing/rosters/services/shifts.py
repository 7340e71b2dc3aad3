"""Shifts are given to others, and repaired."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import clock, live, manifest
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging
from anyuan.staffing.rosters.queries import posing, shifts, substitutes
from anyuan.staffing.rosters.rules import bounds

from ..models import (
    Roster,
    RosterState,
    Shift,
    StandInRequest,
)

if TYPE_CHECKING:
    pass
from .publishing import in_force


@transaction.atomic
def repair(*, shift_id: int, by: Viewer, at: datetime) -> Roster:
    """Ask for a roster around a shift whose person cannot come, in which as little else moves as
    can be. It is a draft like others. :raises Refused:
    """
    shift = shifts.shift(shift_id)
    by.require("roster.make", shift.unit.path)
    if not shift.in_force or shift.person is None or shift.came_at or shift.ends_at <= at:
        raise Refused(
            _("Only a shift in force that is still to come, and has somebody, can be repaired.")
        )
    starts = min(shift.day, max(local_day(at), shift.day - timedelta(days=1)))
    ends = max(shift.day, starts) + timedelta(days=7)
    title = _("%(day)s without %(name)s") % {
        "day": words.dated(shift.day),
        "name": shift.person.name,
    }
    found, new = Roster.objects.get_or_create(
        unit=shift.unit,
        starts=starts,
        ends=ends,
        state__in=[RosterState.ASKED, RosterState.MAKING],
        defaults={
            "title": title[:60],
            "weights": (
                {k: v for k, v in posing.bounds(shift.unit).items() if k in bounds.HARD}
                | bounds.REPAIR
            ),
            "asked_by": by.name,
            "asked_at": at,
            "state": RosterState.ASKED,
            "away": shift.person,
            "away_on": shift.day,
        },
    )
    if new:
        audit.record(
            "roster.asked",
            by=by,
            at=at,
            unit_id=shift.unit_id,
            subject=found.title,
            roster=found.pk,
        )
        live.notify("rosters", unit=shift.unit_id)
    elif (found.away_id, found.away_on) != (shift.person_id, shift.day):
        raise Refused(
            _("Another roster for these days is being made. Please wait until it is there.")
        )
    return found


# -- changing shifts ----------------------------------------------------------------
@transaction.atomic
def assign(*, shift_id: int, person: Person | None, by: Viewer, at: datetime) -> Shift:
    """Give a shift to somebody else, or to nobody; checked at once. :raises Refused:"""
    shift = shifts.shift(shift_id)
    by.require("roster.make", shift.unit.path)
    give(shift, person, by, at)
    shift.refresh_from_db()
    return shift


def give(shift: Shift, person: Person | None, by: Viewer, at: datetime) -> None:
    if not shift.in_force and shift.roster.state != RosterState.MADE:
        raise Refused(
            _(
                "This roster is still being made, or has been replaced; its shifts cannot be"
                " changed."
            )
        )
    if shift.came_at is not None:
        raise Refused(
            _("%(name)s has already signed in there.")
            % {"name": shift.person.name if shift.person else ""}
        )
    if shift.ends_at <= at:
        raise Refused(_("This shift is over."))
    if person is not None and person.pk != shift.person_id:
        require_able(shift, person)
    in_force(
        Shift.objects.filter(pk=shift.pk), person=person, changed_at=at, changed_by=by.name[:40]
    )
    StandInRequest.objects.filter(shift=shift, answer="").update(answer="late", answered_at=at)
    audit.record(
        "shift.given",
        by=by,
        at=at,
        unit_id=shift.unit_id,
        subject=f"{shift.day} {shift.station.name}",
        shift=shift.pk,
        person=person.pk if person else None,
    )
    live.notify("verdicts", units=[shift.unit_id])


def require_able(shift: Shift, person: Person, without: Shift | None = None) -> None:
    """:raises Refused: somebody does not serve there, or something is in the way."""
    mine = next(
        (s for s in substitutes.substitutes(shift, without) if s.person.pk == person.pk), None
    )
    if mine is None:
        raise Refused(
            _("%(name)s is not among those who serve at %(station)s.")
            % {
                "name": person.name,
                "station": shift.station.name,
            }
        )
    if mine.hindrance:
        raise Refused(
            _("%(name)s cannot: %(why)s.")
            % {"name": person.name, "why": manifest.label("hindrance", mine.hindrance)}
        )


class Shifts:
    """What somebody who leaves had still to come for: one thing to hand over, however many shifts.

    What the heir cannot take stays open.
    """

    def held(self, person: Person) -> list[Belonging]:
        count = Shift.objects.filter(
            person=person, in_force=True, starts_at__gt=clock.now()
        ).count()
        return (
            [Belonging("shift", person.pk, _("%(n)d shifts to come") % {"n": count})]
            if count
            else []
        )

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        for row in Shift.objects.filter(
            person_id=pk, in_force=True, starts_at__gt=clock.now()
        ).order_by("pk"):
            free = to is not None and any(
                s.person.pk == to.pk and s.hindrance is None
                for s in substitutes.substitutes(shifts.shift(row.pk))
            )
            in_force(Shift.objects.filter(pk=row.pk), person=to if free else None)
