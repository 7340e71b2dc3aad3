"""Writes of who came and went, and the codes of places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.evidence import services as evidence
from anyuan.evidence.models import How
from anyuan.kernel import live
from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.people import queries as people
from anyuan.people.rules import Role
from anyuan.reach import queries as reach_queries
from anyuan.reach import services as reach
from anyuan.rosters import queries as rosters
from anyuan.rosters.models import Shift
from anyuan.rosters.rules import EARLY
from anyuan.stations.models import StationKind
from anyuan.units import queries as units
from anyuan.units.models import Place

from . import queries, rules
from .models import PlaceCode, Presence

TELL_FOR = 60  # minutes after its start in which an empty station is said; our own bound


@transaction.atomic
def sign_in(
    *,
    shift_id: int,
    code: str,
    metres: float | None,
    device: str,
    skew: timedelta,
    command: UUID | None,
    by: Viewer,
    came_at: datetime,
    at: datetime,
) -> Presence:
    """Say that one has come to one's place. What looks odd is noted, never refused; twice is once.

    `came_at` is when, by the phone's corrected clock; `metres` how far from the place the phone thinks it is.

    :raises Refused: somebody else's shift, or not its time.
    """
    found = _own(shift_id, by)
    known = queries.of_shift(found)
    if known is not None:
        return _back(known, found, came_at, by, at)
    if not found.starts_at - EARLY <= came_at < found.ends_at:
        raise Refused(
            _("You can sign in from %(first)s to the end of the shift.")
            % {"first": _clock(found.starts_at - EARLY)}
        )
    read = queries.read(code) if code else None
    if code and read is None:
        raise Refused(
            _(
                "This is not the code of a place. Please scan the sheet at your station, or sign in without it."
            )
        )
    place = found.station.place
    row = queries.code_row(place.pk) if place else None
    odd = rules.doubts(
        read, place_id=place.pk if place else None, version=row.version if row else 1, at=came_at, metres=metres, skew=skew,
        shared=queries.used_by_another(device, by.person_id or 0, came_at, rules.TOGETHER), unusual=queries.unusual_phone(device, by.person_id or 0),
    )  # fmt: skip
    if at - came_at > rules.LATE:
        odd.append("sent_later")
    payload = {
        "place": place.name if place else found.station.name,
        "slot_shift": found.station.name,
    }
    fact = evidence.record(
        unit=found.unit, by=by, at=at,
        fact=evidence.NewFact(activity=found.station.activity, occurred_at=came_at, slot=found.station.name, how=How.SCANNED if read else How.TYPED, payload=payload, command=command),
    )  # fmt: skip
    presence = Presence.objects.create(
        unit=found.unit,
        shift=found,
        person_id=by.person_id or 0,
        came_at=came_at,
        received_at=at,
        how=How.SCANNED if read else How.TYPED,
        doubts=odd,
        device=device[:36],
        fact_id=fact.pk,
    )
    Shift.objects.filter(pk=found.pk).update(came_at=came_at, odd=odd)
    _judge_again(found)
    live.notify("verdicts", units=[found.unit_id])
    return presence


def _back(known: Presence, found: Shift, came_at: datetime, by: Viewer, at: datetime) -> Presence:
    """Signing in again after having gone: by a slip, one is there still; after a longer absence, what is left of the shift is one of its own, so that the gap stays."""
    if found.left_at is None or not found.left_at < came_at < found.ends_at:
        return known
    if came_at - found.left_at > rules.AWAY and found.left_at > found.starts_at:
        known = _rest_of(known, found, found.left_at, came_at, by, at)
    else:
        Shift.objects.filter(pk=found.pk).update(left_at=None)
    _judge_again(found)
    live.notify("verdicts", units=[found.unit_id])
    return known


def _rest_of(
    known: Presence, found: Shift, left_at: datetime, came_at: datetime, by: Viewer, at: datetime
) -> Presence:
    """Part a shift where its person had gone. One record tells of both: they came to it once."""
    ends_at, odd = found.ends_at, [*dict.fromkeys([*found.odd, "was_away"])]
    Shift.objects.filter(pk=found.pk).update(ends_at=left_at)
    rest = Shift.objects.create(
        unit=found.unit,
        roster=found.roster,
        station=found.station,
        person=found.person,
        day=found.day,
        starts_at=left_at,
        ends_at=ends_at,
        holds=True,
        came_at=came_at,
        odd=odd,
        changed_at=at,
        changed_by=by.name[:40],
    )
    return Presence.objects.create(
        unit=found.unit,
        shift=rest,
        person_id=known.person_id,
        came_at=came_at,
        received_at=at,
        how=known.how,
        doubts=[*dict.fromkeys([*known.doubts, "was_away"])],
        device=known.device,
        fact_id=known.fact_id,
    )


@transaction.atomic
def go(*, shift_id: int, handover: str, by: Viewer, left_at: datetime) -> Presence:
    """Leave one's place, with what is open for whoever comes next. Again: the words are replaced, unless they are older than those there. :raises Refused:"""
    found = _own(shift_id, by)
    row = queries.of_shift(found)
    if row is None:
        raise Refused(_("Please sign in first."))
    if found.left_at is not None and left_at < found.left_at and handover != row.handover:
        raise Refused(
            _(
                "You left at %(at)s with other words, which were written later: “%(words)s”. They stay."
            )
            % {"at": _clock(found.left_at), "words": row.handover}
        )
    Presence.objects.filter(pk=row.pk).update(handover=handover[:500])
    Shift.objects.filter(pk=found.pk, left_at=None).update(left_at=max(left_at, row.came_at))
    _judge_again(found)
    live.notify("verdicts", units=[found.unit_id])
    row.refresh_from_db()
    return row


def _judge_again(found: Shift) -> None:
    """Whether somebody was there around the clock follows from who came and went, also on the day on which a shift ends."""
    for day in {local_day(found.starts_at), local_day(found.ends_at)}:
        evidence.look_again(unit_id=found.unit_id, activity=found.station.activity, since=day)


def _own(shift_id: int, by: Viewer) -> Shift:
    """:raises Refused: no shift in force of this person."""
    try:
        found = rosters.shift(shift_id)
    except Invisible:
        raise Refused(
            _("This shift is no longer on the roster. Please look at today's roster.")
        ) from None
    if not found.holds:
        raise Refused(_("This shift is no longer on the roster. Please look at today's roster."))
    if found.person_id != by.person_id:
        raise Refused(
            _(
                "This shift is now %(name)s's. If you stand in, ask the safety office to change the roster."
            )
            % {"name": found.person.name if found.person else _("nobody")}
        )
    return found


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


@transaction.atomic
def tell_empty(at: datetime) -> None:
    """Say outside the pages too that a station stays empty: to the school's leader on duty and its groups, later to its principal. Once each."""
    lately = [e for e in queries.empty(units.open_ids(), at) if e.minutes <= TELL_FOR]
    said = reach_queries.said([_key(e, up) for e in lately for up in ("", "up-")])
    upward = rules.UPWARD_AFTER.total_seconds() / 60
    for e in lately:
        shift, minutes = e.shift, e.minutes
        if _key(e, "up-" if minutes >= upward else "") in said:
            continue
        who = f"（{shift.person.name}）" if shift.person else "，尚未安排人"
        gone = (
            f"{_clock(shift.left_at)} 已离岗{who}，应到 {_clock(shift.ends_at)}。"
            if shift.left_at
            else f"{_clock(shift.starts_at)} 起应到岗{who}，至今无人签到。"
        )
        body = f"{shift.unit.name} {shift.station.name} {gone}"
        words: dict[str, Any] = {
            "subject": f"空岗：{shift.station.name}",
            "body": body,
            "path": "/",
            "at": at,
            "until": shift.ends_at,
        }
        leaders = [
            s.person
            for s in rosters.on_duty([shift.unit_id], at)
            if s.station.kind == StationKind.LEADER and s.person
        ]
        reach.tell(
            unit=shift.unit,
            persons=leaders or people.holding(shift.unit, Role.SAFETY_OFFICER),
            key=_key(e),
            **words,
        )
        reach.tell_groups(unit=shift.unit, key=_key(e), **words)
        if minutes >= upward:
            reach.tell(
                unit=shift.unit,
                persons=people.holding(shift.unit, Role.PRINCIPAL),
                key=_key(e, "up-"),
                **words,
            )


def _key(e: queries.Empty, up: str = "") -> str:
    """What is said once of an empty station."""
    return f"{'left' if e.left else 'empty'}-{up}{e.shift.pk}"


def calendar(name: str, shifts: Sequence[Shift], host: str, now: datetime) -> bytes:
    """Somebody's shifts as iCalendar; each keeps its identity, so that a changed roster changes what phones show."""
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
