"""Writes of stations, and of who may serve there and when not."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.naming import rename
from anyuan.kernel.scoping import Viewer, visible
from anyuan.people.models import Person
from anyuan.people.services import KEEPERS, Belonging
from anyuan.plans import services as plans
from anyuan.reach import services as reach
from anyuan.units.models import Place, Unit

from . import queries, rules
from .models import Busy, BusyKind, DutyCard, Serving, Station, StationKind, WaitingZone, When
from .rules import MOST_BUSY, MOST_CLASSES, MOST_STATIONS, MOST_ZONES

plans.MANNED["stations"] = queries.manned


@transaction.atomic
def add_station(
    *,
    unit: Unit,
    name: str,
    kind: str,
    place: Place | None,
    starts: time,
    ends: time,
    when: str,
    people: int,
    certificate: str = "",
    gender: str = "",
    instead: Station | None = None,
    by: Viewer,
    at: datetime,
) -> Station:
    """Say that a place is manned, or change the station `instead`, also its name. The same name again changes it. :raises Refused:"""
    by.require("roster.make", unit.path)
    if place is not None and place.unit_id != unit.pk:
        raise Refused(_("The place belongs to another unit."))
    if not 1 <= people <= 50:
        raise Refused(_("Please say how many people are needed, from 1 to 50."))
    if (
        Station.objects.filter(unit=unit, closed_on=None).exclude(name=name).count()
        >= MOST_STATIONS
    ):
        raise Refused(_("At most %(n)d stations can be kept.") % {"n": MOST_STATIONS})
    if instead is not None:
        rename(Station.objects.filter(unit=unit, closed_on=None), instead, name)
    row, _new = Station.objects.update_or_create(
        unit=unit, name=name, closed_on=None,
        defaults={"kind": kind, "place": place, "starts": starts, "ends": ends, "when": when, "people": people, "certificate": certificate, "gender": gender},
    )  # fmt: skip
    audit.record("station.set", by=by, at=at, unit_id=unit.pk, subject=name, station=row.pk)
    plans.manned_anew(unit)
    return row


@transaction.atomic
def add_break_duty(
    *,
    unit: Unit,
    places: Sequence[Place],
    breaks: Sequence[tuple[str, time, time]],
    people: int,
    by: Viewer,
    at: datetime,
) -> int:
    """Make a station of break duty for each place and each break (R-B6); those of the same name are changed. Returns how many. :raises Refused:"""
    if not places or not breaks:
        raise Refused(_("Please tick at least one place and write at least one break."))
    for word, starts, ends in breaks:
        for place in places:
            add_station(
                unit=unit,
                name=f"{word}·{place.name}"[:30],
                kind=StationKind.BREAK_DUTY,
                place=place,
                starts=starts,
                ends=ends,
                when=When.SCHOOL_DAYS,
                people=people,
                by=by,
                at=at,
            )
    return len(places) * len(breaks)


# -- waiting zones ------------------------------------------------------------------
@transaction.atomic
def set_zone(
    *,
    unit: Unit,
    name: str,
    place: Place | None,
    comes_out: time,
    classes: Sequence[str],
    instead: WaitingZone | None = None,
    by: Viewer,
    at: datetime,
) -> WaitingZone:
    """Say which classes are fetched where and when, or change the zone `instead`; the same name again changes it. :raises Refused: a class waits elsewhere already."""
    by.require("roster.make", unit.path)
    if place is not None and place.unit_id != unit.pk:
        raise Refused(_("The place belongs to another unit."))
    if not 1 <= len(classes) <= MOST_CLASSES:
        raise Refused(_("Please write from one to %(n)d classes.") % {"n": MOST_CLASSES})
    if instead is not None:
        rename(WaitingZone.objects.filter(unit=unit), instead, name)
    others = WaitingZone.objects.filter(unit=unit).exclude(name=name)
    if others.count() >= MOST_ZONES:
        raise Refused(_("At most %(n)d zones can be kept.") % {"n": MOST_ZONES})
    for other in others.order_by("pk"):
        if twice := [c for c in classes if c in other.classes]:
            raise Refused(
                _("%(class)s is already fetched at “%(zone)s”.")
                % {"class": "、".join(twice[:5]), "zone": other.name}
            )
    row, _new = WaitingZone.objects.update_or_create(
        unit=unit,
        name=name,
        defaults={"place": place, "comes_out": comes_out, "classes": list(classes)},
    )
    audit.record(
        "zone.set", by=by, at=at, unit_id=unit.pk, subject=name, zone=row.pk, classes=len(classes)
    )
    return row


@transaction.atomic
def drop_zone(*, zone_id: int, by: Viewer, at: datetime) -> Unit:
    row = queries.zone(zone_id)
    by.require("roster.make", row.unit.path)
    audit.record("zone.dropped", by=by, at=at, unit_id=row.unit_id, subject=row.name)
    row.delete()
    return row.unit


@transaction.atomic
def close_station(*, station_id: int, by: Viewer, at: datetime) -> Station:
    """Man a station no longer. What was served there stays; the rosters drop what was to come."""
    row = queries.station(station_id)
    by.require("roster.make", row.unit.path)
    if Station.objects.filter(pk=row.pk, closed_on=None).update(closed_on=local_day(at)):
        audit.record(
            "station.closed", by=by, at=at, unit_id=row.unit_id, subject=row.name, station=row.pk
        )
        plans.manned_anew(row.unit)
    return row


@transaction.atomic
def set_serving(*, station_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> Station:
    """Say who may serve at a station; whoever is not named any more keeps the shifts already published."""
    row = queries.station(station_id)
    by.require("roster.make", row.unit.path)
    wanted = {p.pk: p for p in persons if p.unit_id == row.unit_id and p.left_on is None}
    Serving.objects.filter(station=row).exclude(person__in=list(wanted)).delete()
    Serving.objects.bulk_create(
        [Serving(unit=row.unit, station=row, person=p) for p in wanted.values()],
        ignore_conflicts=True,
    )
    for person in wanted.values():
        card_of(person)
    audit.record(
        "station.serving",
        by=by,
        at=at,
        unit_id=row.unit_id,
        subject=row.name,
        station=row.pk,
        people=len(wanted),
    )
    return row


def card_of(person: Person) -> DutyCard:
    """The duty card of somebody, made when they first serve."""
    found, _new = DutyCard.objects.get_or_create(
        person=person, defaults={"unit": person.unit, "feed": secrets.token_hex(16)}
    )
    return found


@transaction.atomic
def set_card(
    *,
    person: Person,
    gender: str,
    certificate: str,
    certificate_until: date | None,
    most_a_week: int | None,
    by: Viewer,
    at: datetime,
) -> DutyCard:
    by.require("roster.make", person.unit.path)
    found = card_of(person)
    DutyCard.objects.filter(pk=found.pk).update(
        gender=gender,
        certificate=certificate,
        certificate_until=certificate_until,
        most_a_week=most_a_week,
    )
    audit.record(
        "card.set", by=by, at=at, unit_id=person.unit_id, subject=person.name, person=person.pk
    )
    return found


@transaction.atomic
def new_feed(*, person: Person, by: Viewer, at: datetime) -> DutyCard:
    """Give somebody a new address for their calendar and their link; the old one opens nothing any more."""
    if by.person_id != person.pk:
        by.require("roster.make", person.unit.path)
    card_of(person)
    DutyCard.objects.filter(person=person).update(feed=secrets.token_hex(16))
    audit.record(
        "card.feed", by=by, at=at, unit_id=person.unit_id, subject=person.name, person=person.pk
    )
    return card_of(person)


@transaction.atomic
def send_link(*, person: Person, by: Viewer, at: datetime) -> None:
    """Send somebody without an account their link. :raises Refused: no way leads to them"""
    by.require("roster.make", person.unit.path)
    feed = card_of(person).feed
    sent = settings.ADDRESS and reach.tell(
        unit=person.unit, persons=[person], key=f"link-{feed[:8]}-{at:%m%d%H%M}", subject="值勤链接", body=f"{person.unit.name}：点开查看班次、签到。此链接只给您本人，请勿转发。", path=f"/d/#{feed}", at=at, until=at + timedelta(days=1),
    )  # fmt: skip
    if not sent:
        raise Refused(
            _("No message can reach %(name)s from here. Copy the link and send it yourself.")
            % {"name": person.name}
        )


@transaction.atomic
def add_busy(
    *,
    person: Person,
    kind: str,
    weekday: int | None,
    starts: date | None,
    ends: date | None,
    from_time: time | None,
    to_time: time | None,
    by: Viewer,
    at: datetime,
) -> Busy:
    """Enter lessons or wishes: one's own, or by whoever makes the roster. The same twice is once. :raises Refused:"""
    if by.person_id != person.pk or kind == "lesson":
        by.require("roster.make", person.unit.path)
    if weekday is None and (starts is None or ends is None or ends <= starts):
        raise Refused(_("Please choose a weekday, or a first and a last day."))
    if (from_time is None) != (to_time is None) or (
        from_time is not None and to_time is not None and to_time <= from_time
    ):
        raise Refused(_("The end lies before the start. Please check the times."))
    if Busy.objects.filter(person=person).count() >= MOST_BUSY:
        raise Refused(_("At most %(n)d entries can be kept for one person.") % {"n": MOST_BUSY})
    row, _new = Busy.objects.get_or_create(
        unit=person.unit,
        person=person,
        kind=kind,
        weekday=weekday,
        starts=starts,
        ends=ends,
        from_time=from_time,
        to_time=to_time,
    )
    return row


@transaction.atomic
def set_timetable(*, unit: Unit, lessons: Sequence[rules.Lesson], by: Viewer, at: datetime) -> int:
    """Enter the lessons of many at once, by name or staff number, in place of the weekly lessons these people had. Returns of how many. :raises Refused: nothing is changed"""
    by.require("roster.make", unit.path)
    named: dict[str, set[int]] = defaultdict(set)
    for pk, *words in Person.objects.filter(unit=unit, left_on=None).values_list(
        "pk", "name", "number"
    ):
        for word in filter(None, words):
            named[word].add(pk)
    wanted = list(dict.fromkeys(lesson.who for lesson in lessons))
    if unknown := [w for w in wanted if w not in named]:
        raise Refused(_("Nobody here is called: %(names)s.") % {"names": "、".join(unknown[:10])})
    if several := [w for w in wanted if len(named[w]) > 1]:
        raise Refused(
            _("Several people are called %(names)s. Please write their staff numbers instead.")
            % {"names": "、".join(several[:10])}
        )
    rows = {(next(iter(named[x.who])), x.weekday, x.starts, x.ends) for x in lessons}
    most = Counter(pk for pk, *_rest in rows)
    if any(n > MOST_BUSY for n in most.values()):
        raise Refused(_("At most %(n)d entries can be kept for one person.") % {"n": MOST_BUSY})
    Busy.objects.filter(
        unit=unit, person__in=list(most), kind=BusyKind.LESSON, starts=None
    ).delete()
    Busy.objects.bulk_create(
        [
            Busy(
                unit=unit,
                person_id=pk,
                kind=BusyKind.LESSON,
                weekday=day,
                from_time=first,
                to_time=last,
            )
            for pk, day, first, last in sorted(rows)
        ]
    )
    audit.record(
        "lessons.set",
        by=by,
        at=at,
        unit_id=unit.pk,
        subject=unit.name,
        people=len(most),
        lessons=len(rows),
    )
    return len(most)


@transaction.atomic
def drop_busy(*, busy_id: int, by: Viewer) -> Person:
    row = visible(Busy.objects.select_related("person", "unit").order_by("pk"), busy_id)
    if by.person_id != row.person_id or row.kind == "lesson":
        by.require("roster.make", row.unit.path)
    row.delete()
    return row.person


class _Serves:
    def held(self, person: Person) -> list[Belonging]:
        names = list(
            Serving.objects.filter(person=person, station__closed_on=None)
            .order_by("pk")
            .values_list("station__name", flat=True)
        )
        return (
            [
                Belonging(
                    "serving", person.pk, _("may serve at: %(names)s") % {"names": "、".join(names)}
                )
            ]
            if names
            else []
        )

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        for row in Serving.objects.filter(person_id=pk, station__closed_on=None).order_by("pk"):
            if to is not None:
                Serving.objects.get_or_create(
                    station_id=row.station_id, person=to, defaults={"unit_id": row.unit_id}
                )
                card_of(to)
            row.delete()


KEEPERS.update(serving=_Serves())
