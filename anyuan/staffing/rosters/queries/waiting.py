"""What waits for somebody, and what a phone takes along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.matters import Act, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.org.units.models import Unit
from anyuan.staffing.rosters.rules.bounds import EARLY
from anyuan.staffing.stations import queries as stations
from anyuan.staffing.stations.models import DutyCard, StationKind, WaitingZone

from ..models import (
    Roster,
    Shift,
    StandInRequest,
    Swap,
)
from .leave import leaves_open
from .shifts import of_person
from .swaps import requests_to, swaps_asked_of


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """Who is fetched where, for whoever stands at a drop-off post within the next days."""
    mine = of_person(viewer.pk, *taken_along(now))
    at = {s.unit_id for s in mine if s.station.kind == StationKind.DROP_OFF}
    zones = [z for u in campuses if u.pk in at for z in stations.zones(u)]
    return {"zones": [_zone(z) for z in zones]}


def taken_along(now: datetime) -> tuple[datetime, datetime]:
    """The stretch of days whose shifts a phone takes along."""
    return now - timedelta(hours=2), now + timedelta(days=7)


def _zone(zone: WaitingZone) -> dict[str, Any]:
    return {
        "unit": zone.unit_id,
        "name": zone.name,
        "out": f"{zone.comes_out:%H:%M}",
        "classes": zone.classes,
    }


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """What somebody is asked about shifts, and leave and swaps that wait for a decision."""
    person_id = viewer.pk
    found = [stand_in_matter(r) for r in requests_to(person_id, now)]
    found += [swap_matter(s) for s in swaps_asked_of(person_id, now)]
    campuses = [u for u in own if u.is_campus and viewer.may("roster.make", u.path)]
    waiting = leaves_open([u.pk for u in campuses])
    return found + [_leaves_matter(u, waiting[u.pk]) for u in campuses if waiting[u.pk]]


def _leaves_matter(unit: Unit, waiting: int) -> Matter:
    """Leave and swaps of one school wait for whoever makes its roster."""
    said = ngettext(
        "%(n)s leave or swap waits for a decision",
        "%(n)s leaves or swaps wait for a decision",
        waiting,
    )
    return Matter(
        key=f"leaves-{unit.pk}",
        unit_id=unit.pk,
        path=unit.path,
        place=unit.name,
        sentence=said % {"n": waiting},
        act=Act(_("Open"), f"{reverse('leaves')}?unit={unit.pk}"),
        urgency=Urgency.NOW,
        permission="roster.make",
    )


def roster_matter(roster: Roster, card: DutyCard, now: datetime) -> Matter:
    """A new roster has shifts of somebody without an account: they are sent their link."""
    link = f"/d/#{card.feed}"
    step = Step(
        name="",
        subject="值勤表",
        body=f"{roster.unit.name}：{roster.title}已发布，点开查看您的班次、签到。此链接只给您本人，请勿转发。",
        persons=(card.person_id,),
        path=link,
    )
    return Matter(
        key=f"roster-{roster.pk}-{card.person_id}",
        unit_id=roster.unit_id,
        path=roster.unit.path,
        sentence=roster.title,
        act=Act(_("Open"), link),
        urgency=Urgency.SOON,
        until=now + timedelta(days=1),
        persons=frozenset({card.person_id}),
        steps=(step,),
    )


def stand_in_matter(asked: StandInRequest, link: str = "/") -> Matter:
    """Somebody is asked to stand in. It also leaves the pages; whoever has no account answers on
    their own `link`.
    """
    shift, person = asked.shift, asked.person
    when = _when(shift)
    step = Step(
        name=f"{asked.asked_at:%m%d%H%M}",
        subject=f"请替班：{when}",
        body=f"{shift.unit.name} {shift.station.name} {when} 需要有人替班，请回复能否前去。",
        persons=(person.pk,),
        path=link,
    )
    return Matter(
        key=f"stand-in-{shift.pk}-{person.pk}",
        unit_id=shift.unit_id,
        path=shift.unit.path,
        sentence=_("You are asked to stand in: %(station)s") % {"station": shift.station.name},
        detail=when,
        act=Act(_("Answer"), reverse("my-shifts")),
        urgency=Urgency.NOW,
        since=asked.asked_at,
        until=shift.ends_at,
        persons=frozenset({person.pk}),
        steps=(step,),
    )


def swap_matter(asked: Swap) -> Matter:
    """Somebody would swap: the other's word is wanted."""
    mine, theirs = asked.mine, asked.theirs
    step = Step(
        name="asked",
        subject="有人想换班",
        body=(
            f"{asked.unit.name} {asked.one.name} 想用 {words.dated(mine.day)} {mine.station.name}"
            f" 换您 {words.dated(theirs.day)} {theirs.station.name}，请答复。"
        ),
        persons=(asked.other_id,),
    )
    return Matter(
        key=f"swap-{asked.pk}",
        unit_id=asked.unit_id,
        path=asked.unit.path,
        sentence=_("%(name)s would swap a shift with you") % {"name": asked.one.name},
        detail=f"{_when(mine)} {mine.station.name} ⇄ {_when(theirs)} {theirs.station.name}",
        act=Act(_("Answer"), reverse("my-shifts")),
        urgency=Urgency.NOW,
        since=asked.asked_at,
        until=min(mine.starts_at, theirs.starts_at),
        persons=frozenset({asked.other_id}),
        steps=(step,),
    )


def _when(shift: Shift) -> str:
    starts, ends = shift.starts_at.astimezone(LOCAL), shift.ends_at.astimezone(LOCAL)
    return f"{words.dated(shift.day)} {starts:%H:%M}–{ends:%H:%M}"


def home_shifts(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """Somebody's next shifts, for the home page."""
    mine = of_person(viewer.pk, now, now + timedelta(hours=16))[:2]
    return {"shifts": mine, "signs_from": now + EARLY} if mine else None
