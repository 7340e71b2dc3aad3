"""What of hazards waits for whom, and whom it climbs to when its day is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.matters import Act, Contact, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.org.people import queries as people
from anyuan.org.people.rules import Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .. import rules
from ..forms import OPEN
from ..models import Grade, Hazard, HazardState, HazardStep
from . import Row, may_verify, rows

MOST = 60  # matters of hazards on one home page; the list has them all; our own bound
LATELY = timedelta(days=1)  # within which somebody is told of what is new; our own bound
TOLD_FOR = timedelta(days=10)  # after its day nothing more is sent; our own bound


def _open(unit_ids: Sequence[int]) -> QuerySet[Hazard]:
    return (
        Hazard.objects.filter(unit_id__in=list(unit_ids), state__in=OPEN)
        .select_related("unit", "newest", "owner", "fixed_by", "asked_by")
        .order_by("found_at", "pk")
    )


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Hazards to assign, to fix, to verify; extensions to decide; of schools below, major ones."""
    campuses = [u.pk for u in own if u.is_campus]
    offices = [u for u in own if not u.is_campus]
    standing = list(_open(campuses)[:MOST]) if campuses else []
    for office in offices:
        below = [u.pk for u in units.campuses(office)]
        standing += list(_open(below).filter(grade=Grade.MAJOR)[:MOST])
    found = rows(standing, local_day(now)) if standing else []
    return [m for row in found for m in _matters_of(row, viewer, now)]


def _matters_of(row: Row, viewer: Viewer, now: datetime) -> list[Matter]:
    hazard = row.hazard
    found = []
    if hazard.state == HazardState.FOUND:
        found.append(_matter(row, _("Assign a hazard: %(what)s"), "hazard.assign", Urgency.NOW))
    elif hazard.state == HazardState.ASSIGNED:
        found.append(fixing_matter(row, now, ()))
    elif may_verify(hazard, viewer, now):
        found.append(_matter(row, _("Verify a hazard: %(what)s"), "hazard.verify", Urgency.NOW))
    if hazard.asked_until is not None and hazard.asked_by_id != viewer.person_id:
        said = _("Decide on more time for a hazard: %(what)s")
        found.append(_matter(row, said, "hazard.verify", Urgency.NOW, part="-more-time"))
    return found


def _matter(row: Row, said: str, permission: str, urgency: Urgency, part: str = "") -> Matter:
    hazard = row.hazard
    return Matter(
        key=f"hazard-{hazard.pk}-{hazard.state}{part}",
        unit_id=hazard.unit_id,
        path=hazard.unit.path,
        place=hazard.unit.name,
        sentence=said % {"what": row.what[:60]},
        act=Act(_("Open"), reverse("hazard", args=[hazard.pk])),
        urgency=Urgency.LATE if hazard.grade == Grade.MAJOR else urgency,
        since=hazard.found_at,
        permission=permission,
    )


def fixing_matter(row: Row, now: datetime, steps: tuple[Step, ...]) -> Matter:
    """A hazard that somebody is to fix until a day."""
    hazard = row.hazard
    owner = hazard.owner
    over = midnight(hazard.deadline + timedelta(days=1)) if hazard.deadline else None
    return Matter(
        key=f"hazard-{hazard.pk}-fix-{hazard.deadline:%Y%m%d}",
        unit_id=hazard.unit_id,
        path=hazard.unit.path,
        place=hazard.unit.name,
        sentence=_("Fix a hazard: %(what)s") % {"what": row.what[:60]},
        detail=hazard.measure,
        act=Act(_("Open"), reverse("hazard", args=[hazard.pk])),
        urgency=Urgency.LATE if row.is_late else Urgency.SOON,
        since=over if steps else hazard.found_at,
        until=over if not steps else (over or now) + TOLD_FOR,
        persons=frozenset({owner.pk} if owner else ()),
        permission="hazard.assign" if row.is_late else "",
        call=(Contact(owner.name, owner.phone),) if owner else (),
        steps=steps,
    )


# -- what leaves the pages --------------------------------------------------------
def to_tell(now: datetime) -> list[Matter]:
    """Hazards whose day is over climb, each step once; a major one is told above at once; whoever
    is to assign one or to fix one hears of it.
    """
    today = local_day(now)
    standing = list(_to_tell(now))
    found = rows(standing, today) if standing else []
    schools = {row.hazard.unit_id: row.hazard.unit for row in found}
    offices = people.holding_at(schools, Role.SAFETY_OFFICER)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    above = _above(list(schools.values()))
    told = []
    for row in found:
        unit_id = row.hazard.unit_id
        to = {"office": offices[unit_id], "principal": heads[unit_id], "above": above[unit_id]}
        told += _told(row, to, now)
    return told


def _to_tell(now: datetime) -> QuerySet[Hazard]:
    """What is new, newly assigned or late for some days; however many are open."""
    today = local_day(now)
    new = Q(state=HazardState.FOUND, fact__recorded_at__gt=now - LATELY)
    assigned = Q(pk__in=HazardStep.objects.filter(at__gt=now - LATELY).values("hazard_id"))
    late = Q(
        state=HazardState.ASSIGNED, deadline__lt=today, deadline__gte=today - TOLD_FOR - LATELY
    )
    return _open(units.open_ids()).filter(new | assigned | late)


def _above(schools: Sequence[Unit]) -> dict[int, list[int]]:
    """Who watches each school from the unit right above it, else from the next (ids)."""
    chain = {s.pk: [int(i) for i in s.path.strip("/").split("/")[:-1]] for s in schools}
    every = {i for ids in chain.values() for i in ids}
    towns = people.holding_at(every, Role.TOWN_OFFICER)
    districts = people.holding_at(every, Role.DISTRICT_OFFICER)
    found = {}
    for pk, ids in chain.items():
        levels = [[*towns[i], *districts[i]] for i in reversed(ids)]
        found[pk] = next((level for level in levels if level), [])
    return found


def _told(row: Row, to: dict[str, list[int]], now: datetime) -> list[Matter]:
    hazard = row.hazard
    path = reverse("hazard", args=[hazard.pk])
    told = []
    if hazard.state == HazardState.FOUND:
        said = _matter(row, "", "hazard.assign", Urgency.NOW)
        step = Step("", "发现隐患，请指派", _sentence(row), tuple(to["office"]), path=path)
        told.append(_with(said, step, now))
    if hazard.grade == Grade.MAJOR:
        said = _matter(row, "", "hazard.verify", Urgency.LATE, part="-major")
        body = (
            f"{_sentence(row)}判定为重大隐患：{rules.CRITERIA.get(hazard.criterion, hazard.why)}。"
        )
        step = Step("", "重大隐患", body, tuple(to["above"]), path=path)
        told.append(_with(said, step, now, key=f"hazard-{hazard.pk}-major"))
    if hazard.state == HazardState.ASSIGNED and hazard.owner and hazard.deadline:
        owner = hazard.owner.pk
        body = f"{_sentence(row)}措施：{hazard.measure}。请于{hazard.deadline:%-m月%-d日}前完成。"
        step = Step("", "请整改隐患", body, (owner,), path=path)
        key = f"hazard-{hazard.pk}-owner-{owner}-{hazard.deadline:%Y%m%d}"
        told.append(_with(_matter(row, "", "", Urgency.SOON), step, now, key=key))
        if row.is_late:
            told.append(fixing_matter(row, now, _climb(row, {**to, "owner": [owner]}, path)))
    return told


def _with(matter: Matter, step: Step, now: datetime, key: str = "") -> Matter:
    return replace(matter, key=key or matter.key, steps=(step,), until=now + timedelta(days=1))


def _climb(row: Row, to: dict[str, list[int]], path: str) -> tuple[Step, ...]:
    hazard = row.hazard
    owner = hazard.owner.name if hazard.owner else ""
    body = f"{_sentence(row)}整改期限{hazard.deadline:%-m月%-d日}已过，责任人{owner}。"
    return tuple(
        Step(name, "隐患逾期未整改", body, tuple(to[name]), after=after, path=path)
        for name, after in rules.CLIMBS
    )


def _sentence(row: Row) -> str:
    return f"{row.hazard.unit.name} {row.what[:60]}。"
