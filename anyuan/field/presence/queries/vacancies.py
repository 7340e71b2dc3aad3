"""Stations where nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel.clock import LOCAL
from anyuan.kernel.matters import Act, Contact, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.org.people import queries as people
from anyuan.org.people.rules import Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.stations.models import StationKind

from ..rules import (
    EARLY_OFF,
    EMPTY_AFTER,
    UPWARD_AFTER,
)
from . import sign_ins

TELL_FOR = 60  # minutes after its start in which an empty station is said; our own bound


@dataclass(frozen=True)
class Empty:
    """A station that should be manned now and where nobody has signed in, or whoever had has gone
    (`left`); `minutes` since its start, or since then.
    """

    shift: Shift
    minutes: int
    left: bool = False


def empty(unit_ids: Sequence[int], now: datetime, *, upward: bool = False) -> list[Empty]:
    """Stations nobody has come to, or that somebody left long before the end, the earliest first;
    those above see them later than the school itself.
    """
    late = now - (UPWARD_AFTER if upward else EMPTY_AFTER)
    gone = Q(left_at__gte=F("starts_at"), left_at__lte=late, left_at__lt=F("ends_at") - EARLY_OFF)
    rows = Shift.objects.filter(
        Q(came_at=None) | gone,
        unit_id__in=list(unit_ids),
        in_force=True,
        starts_at__lte=late,
        ends_at__gt=now,
    )
    rows = rows.select_related("station", "station__place", "person", "unit").order_by(
        "starts_at", "pk"
    )
    return [
        Empty(
            s, int((now - (s.left_at or s.starts_at)).total_seconds() // 60), s.left_at is not None
        )
        for s in rows
    ]


def overview(own: Sequence[Unit], now: datetime) -> list[Empty]:
    """The empty stations a home page shows: the school's own after three minutes, those of schools
    below later.
    """
    campuses = [u.pk for u in own if u.is_campus]
    below = {u.pk for o in own if not o.is_campus for u in units.campuses(o)} - set(campuses)
    return (empty(campuses, now) if campuses else []) + (
        empty(sorted(below), now, upward=True) if below else []
    )


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Stations that stand empty, and sign-ins about which something does not fit."""
    found = [empty_matter(e, ()) for e in overview(own, now)]
    campuses = [u for u in own if u.is_campus]
    if not campuses or not viewer.may("roster.make"):
        return found
    n = sign_ins.doubtful_count([u.pk for u in campuses], now - timedelta(days=1))
    if n:
        said = ngettext(
            "%(n)s sign-in since yesterday with something that does not fit",
            "%(n)s sign-ins since yesterday with something that does not fit",
            n,
        )
        unit = campuses[0]
        found.append(
            Matter(
                key=f"doubtful-{unit.pk}",
                unit_id=unit.pk,
                path=unit.path,
                sentence=said % {"n": n},
                act=Act(_("Look"), reverse("codes")),
                urgency=Urgency.SOON,
                permission="roster.make",
            )
        )
    return found


def to_tell(now: datetime) -> list[Matter]:
    """The stations that have stood empty not long ago, with whom it is told in turn: the leader on
    duty and the school's groups, later its principal.
    """
    lately = [e for e in empty(units.open_ids(), now) if e.minutes <= TELL_FOR]
    schools = {e.shift.unit_id: e.shift.unit for e in lately}
    leading = leaders(list(schools.values()), now)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    return [
        empty_matter(e, _empty_steps(e, leading[e.shift.unit_id], heads[e.shift.unit_id]))
        for e in lately
    ]


def leaders(schools: Sequence[Unit], now: datetime) -> dict[int, list[int]]:
    """Who is told first at each school: the leader on duty, else its safety office (ids)."""
    on = shifts_queries.on_duty([u.pk for u in schools], now)
    led = [(s.unit_id, s.person_id) for s in on if s.station.kind == StationKind.LEADER]
    offices = people.holding_at([u.pk for u in schools], Role.SAFETY_OFFICER)
    return {
        u.pk: [p for unit_id, p in led if unit_id == u.pk and p] or offices[u.pk] for u in schools
    }


def empty_matter(empty: Empty, steps: tuple[Step, ...]) -> Matter:
    """A station that should be manned now and where nobody is."""
    shift = empty.shift
    span = words.span(empty.minutes)
    how = _("left %(span)s ago") if empty.left else _("nobody signed in for %(span)s")
    person = shift.person
    whom = Contact(person.name, person.phone) if person else Contact(_("nobody on the roster"))
    return Matter(
        key=f"{'left' if empty.left else 'empty'}-{shift.pk}",
        unit_id=shift.unit_id,
        path=shift.unit.path,
        place=shift.unit.name,
        sentence=_("Empty: %(station)s") % {"station": shift.station.name},
        detail=f"{words.hours(shift)} · {how % {'span': span}}",
        act=Act(_("Open"), reverse("shift", args=[shift.pk])),
        urgency=Urgency.ALARM,
        since=shift.left_at or shift.starts_at,
        until=shift.ends_at,
        permission="roster.make",
        call=(whom,),
        steps=steps,
    )


def _empty_steps(empty: Empty, first: Sequence[int], heads: Sequence[int]) -> tuple[Step, ...]:
    shift = empty.shift
    who = f"（{shift.person.name}）" if shift.person else "，尚未安排人"
    if shift.left_at:
        gone = f"{_clock(shift.left_at)} 已离岗{who}，应到 {_clock(shift.ends_at)}。"
    else:
        gone = f"{_clock(shift.starts_at)} 起应到岗{who}，至今无人签到。"
    subject, body = (
        f"空岗：{shift.station.name}",
        f"{shift.unit.name} {shift.station.name} {gone}",
    )
    return (
        Step("", subject, body, tuple(first), groups=True, after=EMPTY_AFTER),
        Step("up", subject, body, tuple(heads), after=UPWARD_AFTER),
    )


def _clock(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%H:%M")
