"""Writes of who came and went, and the codes of places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.field.presence.queries import place_codes, sign_ins
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Place
from anyuan.record.evidence.models import Fact, How
from anyuan.record.evidence.services import recording
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.rules.bounds import EARLY
from anyuan.staffing.rosters.services import attendance

from . import rules
from .forms import SignInForm
from .models import PlaceCode, Presence


@transaction.atomic
def sign_in(
    *,
    given: SignInForm,
    command: UUID | None,
    by: Viewer,
    came_at: datetime,
    at: datetime,
) -> Presence:
    """Say that one has come to one's place. What does not fit is noted, never refused; twice is
    once.

    `came_at` is when, by the phone's corrected clock.

    :raises Refused: somebody else's shift, or not its time.
    """
    shift = _my_shift(given.shift_id, by)
    known = sign_ins.of_shift(shift)
    if known is not None:
        return _back(known, shift, came_at, by, at)
    if not shift.starts_at - EARLY <= came_at < shift.ends_at:
        raise Refused(
            _("You can sign in from %(first)s to the end of the shift.")
            % {"first": _clock(shift.starts_at - EARLY)}
        )
    read = place_codes.read_scanned(given.code)
    doubts = _doubts(shift, given, read, by, came_at)
    if at - came_at > rules.LATE:
        doubts.append("sent_later")
    how = How.SCANNED if read else How.TYPED
    presence = Presence.objects.create(
        unit=shift.unit,
        shift=shift,
        person_id=by.pk,
        came_at=came_at,
        received_at=at,
        how=how,
        doubts=doubts,
        device=given.device[:36],
        fact_id=_record(shift, how, by, came_at, at, command).pk,
    )
    attendance.came(shift=shift, came_at=came_at, doubts=doubts)
    return presence


def _doubts(
    shift: Shift, given: SignInForm, read: rules.Code | None, by: Viewer, came_at: datetime
) -> list[str]:
    place = shift.station.place
    row = place_codes.code_row(place.pk) if place else None
    return rules.doubts(
        rules.Arrival(
            read,
            came_at,
            given.metres,
            given.skew,
            shared=sign_ins.used_by_another(given.device, by.pk, came_at, rules.TOGETHER),
            unusual=sign_ins.unusual_phone(given.device, by.pk),
        ),
        place_id=place.pk if place else None,
        version=row.version if row else 1,
    )


def _record(
    shift: Shift, how: How, by: Viewer, came_at: datetime, at: datetime, command: UUID | None
) -> Fact:
    station = shift.station
    return recording.record(
        unit=shift.unit,
        by=by,
        at=at,
        fact=recording.NewFact(
            activity=station.activity,
            occurred_at=came_at,
            slot=station.name,
            how=how,
            payload={
                "place": station.place.name if station.place else station.name,
                "slot_shift": station.name,
            },
            command=command,
        ),
    )


def _back(known: Presence, shift: Shift, came_at: datetime, by: Viewer, at: datetime) -> Presence:
    """Signing in again after having gone: by a slip, one is there still; after a longer absence,
    what is left of the shift is one of its own. One record tells of both: they came to it once.
    """
    if shift.left_at is None or not shift.left_at < came_at < shift.ends_at:
        return known
    was_away = came_at - shift.left_at > rules.AWAY and shift.left_at > shift.starts_at
    if not was_away:
        attendance.is_still_there(shift=shift)
        return known
    return Presence.objects.create(
        unit=shift.unit,
        shift=attendance.part(
            shift=shift, left_at=shift.left_at, came_at=came_at, by=by.name, at=at
        ),
        person_id=known.person_id,
        came_at=came_at,
        received_at=at,
        how=known.how,
        doubts=[*dict.fromkeys([*known.doubts, "was_away"])],
        device=known.device,
        fact_id=known.fact_id,
    )


@transaction.atomic
def leave(*, shift_id: int, handover: str, by: Viewer, left_at: datetime) -> Presence:
    """Leave one's place, with what is open for whoever comes next.

    Again: the words are replaced, unless they are older than those there. :raises Refused:
    """
    shift = _my_shift(shift_id, by)
    row = sign_ins.of_shift(shift)
    if row is None:
        raise Refused(_("Please sign in first."))
    if shift.left_at is not None and left_at < shift.left_at and handover != row.handover:
        raise Refused(
            _(
                "You left at %(at)s with other words, which were written later: “%(words)s”. They"
                " stay."
            )
            % {"at": _clock(shift.left_at), "words": row.handover}
        )
    Presence.objects.filter(pk=row.pk).update(handover=handover[:500])
    attendance.left(shift=shift, left_at=max(left_at, row.came_at))
    row.refresh_from_db()
    return row


def _my_shift(shift_id: int, by: Viewer) -> Shift:
    """:raises Refused: no shift in force of this person."""
    try:
        shift = shifts_queries.shift(shift_id)
    except Invisible:
        raise Refused(
            _("This shift is no longer on the roster. Please look at today's roster.")
        ) from None
    if not shift.in_force:
        raise Refused(_("This shift is no longer on the roster. Please look at today's roster."))
    if shift.person_id != by.person_id:
        raise Refused(
            _(
                "This shift is now %(name)s's. If you stand in, ask the safety office to change the"
                " roster."
            )
            % {"name": shift.person.name if shift.person else _("nobody")}
        )
    return shift


def _clock(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%H:%M")


@transaction.atomic
def new_code(*, place: Place, by: Viewer, at: datetime) -> PlaceCode:
    """Issue a place's printed code anew: sheets printed before become doubtful."""
    by.require("roster.make", place.unit.path)
    row, new = PlaceCode.objects.get_or_create(
        place=place, defaults={"unit": place.unit, "version": 2, "issued_at": at}
    )
    if not new:
        PlaceCode.objects.filter(pk=row.pk).update(version=row.version + 1, issued_at=at)
        row.refresh_from_db()
    audit.record(
        "code.issued",
        by=by,
        at=at,
        unit_id=place.unit_id,
        subject=place.name,
        place=place.pk,
        version=row.version,
    )
    return row


@transaction.atomic
def locate(
    *, place: Place, latitude: float | None, longitude: float | None, by: Viewer, at: datetime
) -> PlaceCode:
    """Say where on earth a place is, so that a sign-in from elsewhere shows; None: forget it."""
    by.require("roster.make", place.unit.path)
    row, _new = PlaceCode.objects.get_or_create(
        place=place, defaults={"unit": place.unit, "issued_at": at}
    )
    PlaceCode.objects.filter(pk=row.pk).update(latitude=latitude, longitude=longitude)
    audit.record(
        "code.located", by=by, at=at, unit_id=place.unit_id, subject=place.name, place=place.pk
    )
    row.refresh_from_db()
    return row


def calendar(name: str, shifts: Sequence[Shift], host: str, now: datetime) -> bytes:
    """Somebody's shifts as iCalendar; each keeps its identity, so that a changed roster changes
    what phones show.
    """
    from icalendar import Calendar, Event

    made = Calendar()
    made.add("prodid", "-//Anyuan//Duty roster//ZH")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{name} 值勤")
    made.add("refresh-interval;value=duration", "PT1H")
    for shift in shifts:
        event = Event()
        event.add("uid", f"shift-{shift.pk}@{host}")
        event.add("dtstamp", shift.changed_at or now)
        event.add("dtstart", shift.starts_at)
        event.add("dtend", shift.ends_at)
        event.add("summary", f"值勤：{shift.station.name}")
        event.add("location", shift.station.place.name if shift.station.place else shift.unit.name)
        made.add_component(event)
    return bytes(made.to_ical())


def forget_phones(at: datetime) -> int:
    """The mark of the phone of a sign-in after a month; returns of how many."""
    rows = Presence.objects.filter(came_at__lt=at - timedelta(days=31)).exclude(device="")
    return rows.update(device="")


def forget_handovers(at: datetime) -> int:
    """The words of handing over after a year; returns of how many."""
    rows = Presence.objects.filter(came_at__lt=at - timedelta(days=365)).exclude(handover="")
    return rows.update(handover="")
