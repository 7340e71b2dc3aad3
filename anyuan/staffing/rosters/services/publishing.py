"""A roster comes into force around what has happened since."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.states import origins
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.org.people.models import Person
from anyuan.record.evidence.services import recording
from anyuan.staffing.rosters.queries import making, posing, waiting
from anyuan.staffing.rosters.rules import merging
from anyuan.staffing.stations import queries as station_queries
from anyuan.staffing.stations.models import Station
from anyuan.staffing.stations.services import manning

from ..models import (
    Roster,
    RosterState,
    Shift,
)
from ..rules.bounds import TRANSITIONS

if TYPE_CHECKING:
    pass


@transaction.atomic
def close_station(*, station_id: int, by: Viewer, at: datetime) -> Station:
    """Man a station no longer; shifts to come there are dropped from the roster."""
    row = manning.close_station(station_id=station_id, by=by, at=at)
    Shift.objects.filter(station=row, starts_at__gt=at, in_force=True).update(in_force=False)
    return row


@transaction.atomic
def publish(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Put a roster in force from now on; what it replaces ends where it has not begun.

    :raises Refused:
    """
    roster = making.roster(roster_id)
    by.require("roster.make", roster.unit.path)
    ready = Roster.objects.filter(
        pk=roster.pk, state__in=origins(TRANSITIONS, RosterState.PUBLISHED)
    )
    if not ready.update(state=RosterState.PUBLISHED, published_at=at):
        raise Refused(_("This roster is not ready, or somebody published it a moment ago."))
    _merge(roster, by, at)
    Roster.objects.filter(
        unit=roster.unit, state__in=origins(TRANSITIONS, RosterState.REPLACED)
    ).exclude(pk=roster.pk).exclude(shifts__in_force=True).update(state=RosterState.REPLACED)
    for activity in (
        Shift.objects.filter(roster=roster)
        .values_list("station__activity", flat=True)
        .distinct()
        .order_by()
    ):
        for day in (roster.starts, roster.ends):
            recording.look_again(unit_id=roster.unit_id, activity=activity, since=day)
    _tell_guests(roster, at)
    _tell_others(roster, at)
    audit.record(
        "roster.published",
        by=by,
        at=at,
        unit_id=roster.unit_id,
        subject=roster.title,
        roster=roster.pk,
    )
    live.notify("verdicts", units=[roster.unit_id])
    roster.refresh_from_db()
    return roster


def _merge(roster: Roster, by: Viewer, at: datetime) -> None:
    """Put a draft's shifts in force, around what happened since it was asked for."""
    known = {p.id: p for p in posing.people_facts(roster.unit, roster.starts, roster.ends)}

    def able(person: int, station: int, starts: datetime, ends: datetime) -> bool:
        facts = known.get(person)
        return (
            facts is not None
            and station in facts.stations
            and not any(a < ends and starts < b for a, b in facts.leaves)
        )

    old = Shift.objects.filter(
        unit=roster.unit,
        in_force=True,
        starts_at__gt=at,
        day__gte=roster.starts,
        day__lt=roster.ends,
    )
    new = Shift.objects.filter(roster=roster, in_force=False)
    standing = Shift.objects.filter(
        unit=roster.unit,
        in_force=True,
        person__isnull=False,
        ends_at__gt=at,
        day__gte=roster.starts - timedelta(days=1),
        day__lte=roster.ends,
    )
    beside = standing.exclude(pk__in=old.values("pk"))
    stay, yields, nobodys = merging.merged(
        posing.placed(old),
        posing.placed(new.filter(starts_at__gt=at, station__closed_on=None)),
        roster.asked_at,
        able,
        posing.placed(beside),
    )
    old.exclude(pk__in=stay).update(in_force=False)
    new.filter(pk__in=nobodys).update(person=None)
    in_force(
        new.filter(starts_at__gt=at, station__closed_on=None).exclude(pk__in=yields), in_force=True
    )
    if roster.away is not None and roster.away_on is not None:
        _relieve(roster, roster.away, roster.away_on, by, at)


def _relieve(roster: Roster, away: Person, day: date, by: Viewer, at: datetime) -> None:
    """A repair of what has begun: whoever was found takes over the shift that runs."""
    running = Shift.objects.filter(
        unit=roster.unit,
        in_force=True,
        person=away,
        day=day,
        came_at=None,
        starts_at__lte=at,
        ends_at__gt=at,
    )
    for shift in running.order_by("pk"):
        there = Shift.objects.filter(
            in_force=True, station=shift.station_id, day=shift.day, person__isnull=False
        ).values("person")
        mate = (
            Shift.objects.filter(
                roster=roster,
                in_force=False,
                station=shift.station_id,
                day=shift.day,
                person__isnull=False,
            )
            .exclude(person__in=there)
            .order_by("pk")
            .first()
        )
        if mate is not None:
            in_force(
                Shift.objects.filter(pk=shift.pk),
                person=mate.person,
                changed_at=at,
                changed_by=by.name[:40],
            )


def _tell_guests(roster: Roster, at: datetime) -> None:
    """Whoever is on a new roster and has no account is sent their link (R-B8); all others see it
    when they open the program.
    """
    if not settings.ADDRESS:
        return
    on_it = Shift.objects.filter(roster=roster, in_force=True).values("person")
    guests = station_queries.guests(roster.unit, on_it)
    messages.tell_matters([waiting.roster_matter(roster, card, at) for card in guests], at)


def _tell_others(roster: Roster, at: datetime) -> None:
    """Whoever has an account hears of it too, once, by the ways that lead to them."""
    messages.tell(
        unit=roster.unit,
        persons=[p for p in people_on(roster) if p.username],
        key=f"roster-{roster.pk}",
        subject="值勤表",
        body=f"{roster.unit.name}：{roster.title}已发布，请查看自己的班次。",
        path="/roster/mine/",
        at=at,
        until=at + timedelta(days=1),
    )


def people_on(roster: Roster) -> list[Person]:
    """Everybody who has a shift in force of a roster."""
    on_it = Shift.objects.filter(roster=roster, in_force=True).values("person")
    return list(Person.objects.filter(pk__in=on_it, left_on=None).order_by("pk"))


def in_force(rows: Any, **values: object) -> None:
    """Change shifts; what would put somebody in two places is refused by name."""
    try:
        with transaction.atomic():
            rows.update(**values)
    except IntegrityError as error:
        if "nobody_in_two_places" not in str(error):
            raise
        raise Refused(
            _(
                "Somebody would be in two places at once. Nothing was changed; please look at the"
                " hours around it."
            )
        ) from error
