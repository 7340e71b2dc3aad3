"""Stations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.naming import rename
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans.services import binding
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Place, Unit

from .. import queries
from ..forms import StationForm
from ..models import Station, StationKind, When
from ..rules import MOST_STATIONS


@transaction.atomic
def add_station(
    *,
    unit: Unit,
    given: StationForm,
    instead: Station | None = None,
    by: Viewer,
    at: datetime,
) -> Station:
    """Say that a place is manned, or change the station `instead`, also its name.

    The same name again changes it. :raises Refused:
    """
    by.require("roster.make", unit.path)
    if given.place is not None and given.place.unit_id != unit.pk:
        raise Refused(_("The place belongs to another unit."))
    if not 1 <= given.people <= 50:
        raise Refused(_("Please say how many people are needed, from 1 to 50."))
    if (
        Station.objects.filter(unit=unit, closed_on=None).exclude(name=given.name).count()
        >= MOST_STATIONS
    ):
        raise Refused(_("At most %(n)d stations can be kept.") % {"n": MOST_STATIONS})
    if instead is not None:
        rename(Station.objects.filter(unit=unit, closed_on=None), instead, given.name)
    row, _new = Station.objects.update_or_create(
        unit=unit,
        name=given.name,
        closed_on=None,
        defaults={
            "kind": given.kind,
            "place": given.place,
            "starts": given.starts,
            "ends": given.ends,
            "when": given.when,
            "people": given.people,
            "certificate": given.certificate,
            "gender": given.gender,
        },
    )
    audit.record("station.set", by=by, at=at, unit_id=unit.pk, subject=given.name, station=row.pk)
    binding.manned_anew(unit)
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
    """Make a station of break duty for each place and each break (R-B6); those of the same name are
    changed. Returns how many. :raises Refused:
    """
    if not places or not breaks:
        raise Refused(_("Please tick at least one place and write at least one break."))
    for word, starts, ends in breaks:
        for place in places:
            add_station(
                given=StationForm(
                    name=f"{word}·{place.name}"[:30],
                    kind=StationKind.BREAK_DUTY,
                    place=place,
                    starts=starts,
                    ends=ends,
                    when=When.SCHOOL_DAYS,
                    people=people,
                ),
                unit=unit,
                by=by,
                at=at,
            )
    return len(places) * len(breaks)


@transaction.atomic
def close_station(*, station_id: int, by: Viewer, at: datetime) -> Station:
    """Man a station no longer. What was served there stays; the rosters drop what was to come."""
    row = queries.station(station_id)
    by.require("roster.make", row.unit.path)
    if Station.objects.filter(pk=row.pk, closed_on=None).update(closed_on=local_day(at)):
        audit.record(
            "station.closed", by=by, at=at, unit_id=row.unit_id, subject=row.name, station=row.pk
        )
        binding.manned_anew(row.unit)
    return row
