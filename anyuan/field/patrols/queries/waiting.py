"""Missing pupils, and what a phone takes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.field.presence.queries import vacancies
from anyuan.field.presence.rules import UPWARD_AFTER
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.matters import Act, Contact, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.org.people import queries as people
from anyuan.org.people.rules import Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import PatrolPoint, Round, Route, Scan
from .rounds import COUNTED, Walk, in_doubt, running, walks
from .routes import routes

DOUBTED = timedelta(days=14)  # for which a round in doubt waits on the home page; our own bound


def overview(own: Sequence[Unit], now: datetime) -> list[Missing]:
    """The missing pupils a home page shows: the school's own at once, those of schools below when
    they are not found within minutes.
    """
    campuses = [u.pk for u in own if u.is_campus]
    below = {u.pk for o in own if not o.is_campus for u in units.campuses(o)} - set(campuses)
    return (missing(campuses, now) if campuses else []) + (
        missing(sorted(below), now, upward=True) if below else []
    )


@dataclass(frozen=True)
class Missing:
    """Where a head count found fewer than sleep there, by the last count."""

    scan: Scan
    expected: int
    people: int


def missing(unit_ids: Sequence[int], now: datetime, *, upward: bool = False) -> list[Missing]:
    """Where fewer pupils were counted than sleep there, by the last count of the last half day;
    those above see it later than the school itself. One query.
    """
    rows = Scan.objects.filter(
        unit_id__in=list(unit_ids),
        at__gt=now - COUNTED,
        people__isnull=False,
        checkpoint__expected__isnull=False,
    )
    last: dict[int, Scan] = {}
    for s in rows.select_related(
        "checkpoint", "checkpoint__place", "unit", "round", "round__person"
    ).order_by("at", "pk"):
        last[s.checkpoint_id] = s
    late = now - (UPWARD_AFTER if upward else timedelta(0))
    return [
        Missing(s, s.checkpoint.expected, s.people)
        for s in last.values()
        if s.at <= late
        and s.people is not None
        and s.checkpoint.expected is not None
        and s.people < s.checkpoint.expected
    ]


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """The routes of these campuses, and the rounds that somebody is walking."""
    found = [_taken_route(r) for u in campuses for r in routes(u)]
    running_ = walks(running(viewer.pk)[:3])
    return {"routes": found, "running": [_taken_walk(w) for w in running_]}


def _taken_route(route: Route) -> dict[str, Any]:
    return {
        "id": route.pk,
        "unit": route.unit_id,
        "name": route.name,
        "kind": route.get_kind_display(),
        "heads": route.head_count,
        "points": [_taken_point(p) for p in route.points],
    }


def _taken_walk(walk: Walk) -> dict[str, Any]:
    return {
        "key": str(walk.round.key),
        "route": walk.round.route_id,
        "started": walk.round.started_at.isoformat(),
        "points": [_taken_point(c) for c, _ in walk.points],
        "seen": [c.pk for c, scan in walk.points if scan],
    }


def _taken_point(point: PatrolPoint) -> dict[str, Any]:
    return {
        "id": point.pk,
        "place": point.place_id,
        "name": point.place.name,
        "x": point.x,
        "y": point.y,
        "stairs": point.stairs,
        "expected": point.expected,
    }


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Where heads are missing; of one's own school, rounds that are in doubt."""
    campuses = [u.pk for u in own if u.is_campus]
    doubtful = in_doubt(campuses, now - DOUBTED) if campuses else []
    heads = [missing_matter(m, ()) for m in overview(own, now)]
    return heads + [_doubtful_matter(r) for r in doubtful]


def _doubtful_matter(walked: Round) -> Matter:
    return Matter(
        key=f"round-{walked.pk}",
        unit_id=walked.unit_id,
        path=walked.unit.path,
        place=walked.unit.name,
        sentence=_("A round in doubt: %(route)s") % {"route": walked.route.name},
        detail=f"{words.moment(walked.started_at)} · {walked.person.name}",
        act=Act(_("Open"), reverse("round", args=[walked.pk])),
        urgency=Urgency.SOON,
        since=walked.started_at,
        permission="round.accept",
    )


def missing_matter(missing: Missing, steps: tuple[Step, ...]) -> Matter:
    """Fewer pupils were counted than sleep there."""
    scan = missing.scan
    place = scan.checkpoint.place.name
    counted = _("%(people)s of %(of)s counted") % {"people": missing.people, "of": missing.expected}
    return Matter(
        key=f"heads-{scan.round_id}-{scan.checkpoint_id}-{missing.people}",
        unit_id=scan.unit_id,
        path=scan.unit.path,
        place=scan.unit.name,
        sentence=_("Heads are missing: %(place)s, %(counted)s")
        % {"place": place, "counted": counted},
        detail=f"{words.moment(scan.at)} · {scan.round.person.name}",
        act=Act(_("Open"), reverse("round", args=[scan.round_id])),
        urgency=Urgency.ALARM,
        since=scan.at,
        until=scan.at + timedelta(hours=6),
        permission="roster.make",
        call=(Contact(scan.round.person.name, scan.round.person.phone),),
        steps=steps,
    )


def to_tell(now: datetime) -> list[Matter]:
    """Missing pupils of the last hours, told at once to the leader on duty, safety office,
    principal and the school's groups.
    """
    found = [m for m in missing(units.open_ids(), now) if m.scan.at > now - timedelta(hours=6)]
    schools = {m.scan.unit_id: m.scan.unit for m in found}
    leading = vacancies.leaders(list(schools.values()), now)
    offices = people.holding_at(schools, Role.SAFETY_OFFICER)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    told = {pk: dict.fromkeys([*leading[pk], *offices[pk], *heads[pk]]) for pk in schools}
    return [missing_matter(m, (_missing_step(m, tuple(told[m.scan.unit_id])),)) for m in found]


def _missing_step(missing: Missing, persons: tuple[int, ...]) -> Step:
    scan = missing.scan
    place = scan.checkpoint.place.name
    body = (
        f"{scan.unit.name} {place} 应到 {missing.expected} 人，"
        f"{scan.at.astimezone(LOCAL):%H:%M} 点到 {missing.people} 人（{scan.round.person.name}）。"
        "请立即核实。"
    )
    return Step(
        name="",
        subject=f"点名人数不足：{place}",
        body=body,
        persons=persons,
        groups=True,
        path=f"/rounds/{scan.round_id}/",
    )
