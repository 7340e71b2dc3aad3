"""Who may serve, and their cards."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging

from .. import queries
from ..models import DutyCard, Serving, Station


@transaction.atomic
def set_serving(*, station_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> Station:
    """Say who may serve at a station; whoever is not named any more keeps the shifts already
    published.
    """
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
    """Give somebody a new address for their calendar and their link; the old one opens nothing any
    more.
    """
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
    sent = settings.ADDRESS and messages.tell(
        unit=person.unit,
        persons=[person],
        key=f"link-{feed[:8]}-{at:%m%d%H%M}",
        subject="值勤链接",
        body=f"{person.unit.name}：点开查看班次、签到。此链接只给您本人，请勿转发。",
        path=f"/d/#{feed}",
        at=at,
        until=at + timedelta(days=1),
    )
    if not sent:
        raise Refused(
            _("No message can reach %(name)s from here. Copy the link and send it yourself.")
            % {"name": person.name}
        )


class Serves:
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


def forget_who_left(at: datetime) -> int:
    """The duty cards of whoever left, and with them their links and calendars."""
    return DutyCard.objects.filter(person__left_on__lte=local_day(at)).delete()[0]
