"""What of hazards waits for whom, and whom it climbs to while nothing is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.matters import Act, Contact, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.org.people import queries as people
from anyuan.org.people.rules import Held, Role
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .. import rules
from ..forms import OPEN
from ..models import Grade, Hazard, HazardState
from ..models.beyond import Milestone, Referral
from . import Roles, Row, beyond, may_grant, may_verify, roles_of, rows

MOST = 60  # matters of hazards on one home page; the list has them all; our own bound
TOLD_FOR = timedelta(days=10)  # while it stands as it does, or after its day; our own bound


def _open(unit_ids: Sequence[int]) -> QuerySet[Hazard]:
    return (
        Hazard.objects.filter(unit_id__in=list(unit_ids), state__in=OPEN)
        .select_related("unit", "newest", "owner")
        .order_by("found_at", "pk")
    )


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Hazards to assign, to fix, to verify; extensions to decide; of schools below, major ones and
    those that only somebody above may judge.
    """
    standing = {h.pk: h for unit in own for h in _of_interest(viewer, unit)}
    found = rows(list(standing.values()), local_day(now)) if standing else []
    roles = roles_of(standing.values(), now)
    told = [m for row in found for m in _matters_of(row, viewer, roles, now)]
    return told + _beyond(viewer, own, now)


def _beyond(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Letters that nobody answered in time, for whoever wrote them; milestones that one answers
    for.
    """
    schools = [u.pk for u in own if u.is_inspected and viewer.may("hazard.assign", u.path)]
    referrals = beyond.silent(schools, now)[:MOST] if schools else []
    late = beyond.late_milestones(viewer, now)[:MOST] if viewer.may("supervision.do") else []
    return [_silence(referral) for referral in referrals] + [_milestone(row) for row in late]


def _silence(referral: Referral) -> Matter:
    said = _("No answer to a referral: %(who)s") % {"who": referral.recipient}
    return Matter(
        key=f"referral-{referral.pk}",
        unit_id=referral.unit_id,
        path=referral.unit.path,
        place=referral.unit.name,
        sentence=said,
        act=Act(_("Open"), reverse("hazard", args=[referral.hazard_id])),
        urgency=Urgency.LATE,
        since=midnight(referral.due + timedelta(days=1)),
        permission="hazard.assign",
    )


def _milestone(row: Milestone) -> Matter:
    said = _("A milestone of a listed hazard is not reached: %(what)s") % {"what": row.what}
    return Matter(
        key=f"milestone-{row.pk}",
        unit_id=row.unit_id,
        path=row.unit.path,
        place=row.unit.name,
        sentence=said,
        act=Act(_("Open"), reverse("hazard", args=[row.listing.hazard_id])),
        urgency=Urgency.LATE,
        since=midnight(row.until + timedelta(days=1)),
        permission="supervision.do",
        persons=frozenset({row.listing.sponsor_id}),
    )


def _of_interest(viewer: Viewer, unit: Unit) -> list[Hazard]:
    if not unit.is_inspected:
        judged = Q(grade=Grade.MAJOR) | Q(state=HazardState.FIXED) | Q(asked_until__isnull=False)
        oldest = _open([u.pk for u in units.inspected(unit)]).filter(judged)
        # What is joined to a row is read for these alone.
        keys = list(oldest.values_list("pk", flat=True)[:MOST])
        return list(oldest.filter(pk__in=keys))
    mine = _open([unit.pk]).filter(owner_id=viewer.person_id)
    found = list(mine[:MOST])
    if viewer.may("hazard.assign", unit.path):
        found += list(_open([unit.pk])[:MOST])
    return found


def _matters_of(row: Row, viewer: Viewer, roles: Roles, now: datetime) -> list[Matter]:
    hazard = row.hazard
    at_school = any(g.unit_id == hazard.unit_id for g in viewer.grants)
    # Above the school: what the school itself can judge is its own.
    is_mine = at_school or hazard.grade == Grade.MAJOR
    found = []
    if hazard.state == HazardState.FOUND and is_mine:
        found.append(_matter(row, _("Assign a hazard: %(what)s"), "hazard.assign"))
    elif hazard.state == HazardState.ASSIGNED and is_mine:
        fixing = fixing_matter(row, now)
        # Whoever is above the school sees that it is late; to act is the school's.
        found.append(fixing if at_school else replace(fixing, permission=""))
    elif hazard.state == HazardState.FIXED:
        doers = (hazard.fixed_by_id, hazard.owner_id)
        is_ours = is_mine or _is_of_principal(hazard, roles, *doers)
        if is_ours and may_verify(hazard, viewer, now, roles):
            found.append(_matter(row, _("Verify a hazard: %(what)s"), "hazard.verify"))
    if at_school or _is_of_principal(hazard, roles, hazard.asked_by_id):
        found += _asked_matters(row, viewer, roles, now)
    return found


def _asked_matters(row: Row, viewer: Viewer, roles: Roles, now: datetime) -> list[Matter]:
    """More time that somebody asks for, for whoever may decide on it."""
    if row.hazard.asked_until is None or not may_grant(row.hazard, viewer, now, roles):
        return []
    said = _("Decide on more time for a hazard: %(what)s")
    return [_matter(row, said, "hazard.verify", part="-more-time")]


def _is_of_principal(hazard: Hazard, roles: Roles, *doers: int | None) -> bool:
    """Whether the school's own head did or asked it, so that nobody of the school may judge."""
    head = Held(Role.PRINCIPAL, hazard.unit.path)
    return any(head in roles.get(pk, []) for pk in doers if pk)


def _key(hazard: Hazard, part: str) -> str:
    """A hazard as it stands since it came to stand so: what is said of that is said once."""
    return f"hazard-{hazard.pk}-{part}-{hazard.moved_at:%Y%m%d%H%M%S}"


def _matter(row: Row, said: str, permission: str, part: str = "") -> Matter:
    hazard = row.hazard
    return Matter(
        key=_key(hazard, f"{hazard.state}{part}"),
        unit_id=hazard.unit_id,
        path=hazard.unit.path,
        place=hazard.unit.name,
        sentence=said % {"what": row.what[:60]},
        act=Act(_("Open"), reverse("hazard", args=[hazard.pk])),
        urgency=Urgency.LATE if hazard.grade == Grade.MAJOR else Urgency.NOW,
        since=hazard.moved_at,
        permission=permission,
    )


def fixing_matter(row: Row, now: datetime) -> Matter:
    """A hazard that somebody is to fix until a day."""
    hazard = row.hazard
    owner = hazard.owner
    return Matter(
        key=_key(hazard, "fix"),
        unit_id=hazard.unit_id,
        path=hazard.unit.path,
        place=hazard.unit.name,
        sentence=_("Fix a hazard: %(what)s") % {"what": row.what[:60]},
        detail=hazard.measure,
        act=Act(_("Open"), reverse("hazard", args=[hazard.pk])),
        urgency=Urgency.LATE if row.is_late else Urgency.SOON,
        since=hazard.moved_at,
        until=_over(hazard),
        persons=frozenset({owner.pk} if owner else ()),
        permission="hazard.assign" if row.is_late else "",
        call=(Contact(owner.name, owner.phone),) if owner else (),
    )


def _over(hazard: Hazard) -> datetime | None:
    """The moment at which its day is over."""
    return midnight(hazard.deadline + timedelta(days=1)) if hazard.deadline else None


# -- what leaves the pages --------------------------------------------------------
def to_tell(now: datetime) -> list[Matter]:
    """What is new, waits or is late climbs, each step once while it stands as it does; a major one
    is told above at once; whoever is to fix one hears of it.
    """
    return _hazards_to_tell(now) + _beyond_to_tell(now)


def _beyond_to_tell(now: datetime) -> list[Matter]:
    """Silence climbs from the office that wrote; a milestone that is late goes to its sponsor."""
    referrals = list(
        beyond.silent(units.inspected_ids(), now).filter(due__gte=local_day(now) - TOLD_FOR)
    )
    schools = {referral.unit_id: referral.unit for referral in referrals}
    offices = people.holding_at(schools, Role.SAFETY_OFFICER)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    above = _above(list(schools.values()))
    told = []
    for referral in referrals:
        pk = referral.unit_id
        body = f"{referral.unit.name}致{referral.recipient}的函{referral}已过期限，尚未答复。"
        levels = {"office": offices[pk], "principal": heads[pk], "above": above[pk]}
        matter = _silence(referral)
        told.append(replace(matter, steps=_steps("函告未复", body, levels, rules.WAITING, matter)))
    for row in beyond.late_milestones(None, now).filter(until__gte=local_day(now) - TOLD_FOR):
        body = f"{row.unit.name}挂牌督办节点“{row.what}”已过{row.until:%-m月%-d日}，尚未完成。"
        levels = {"owner": [row.listing.sponsor_id], "above": _above([row.unit])[row.unit_id]}
        matter = _milestone(row)
        after = {"owner": timedelta(0), "above": timedelta(days=1)}  # our own bounds
        told.append(replace(matter, steps=_steps("督办节点逾期", body, levels, after, matter)))
    return told


def _hazards_to_tell(now: datetime) -> list[Matter]:
    standing = list(_to_tell(now))
    found = rows(standing, local_day(now)) if standing else []
    schools = {row.hazard.unit_id: row.hazard.unit for row in found}
    offices = people.holding_at(schools, Role.SAFETY_OFFICER)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    above = _above(list(schools.values()))
    told = []
    for row in found:
        pk = row.hazard.unit_id
        levels = {"office": offices[pk], "principal": heads[pk], "above": above[pk]}
        told += _told(row, levels, now)
    return told


def _to_tell(now: datetime) -> QuerySet[Hazard]:
    """What moved lately or is over its day for some days; however many are open."""
    today = local_day(now)
    moved = Q(moved_at__gt=now - TOLD_FOR)
    late = Q(state=HazardState.ASSIGNED, deadline__lt=today, deadline__gte=today - TOLD_FOR)
    return _open(units.inspected_ids()).filter(moved | late)


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


Levels = Mapping[str, Sequence[int]]


def _told(row: Row, levels: Levels, now: datetime) -> list[Matter]:
    hazard = row.hazard
    told = []
    if hazard.grade == Grade.MAJOR:
        why = rules.CRITERIA.get(hazard.criterion, "") or hazard.why
        to: Levels = {"above": levels["above"]}
        body = f"{_sentence(row)}判定为重大隐患：{why}。"
        told.append(_climbing(row, "major", "重大隐患", body, to, rules.MAJOR))
    if hazard.state == HazardState.FOUND:
        body = _sentence(row)
        told.append(_climbing(row, "found", "发现隐患，请指派", body, levels, rules.WAITING))
    elif hazard.state == HazardState.FIXED:
        to = _over_them(hazard.fixed_by_id, hazard.grade, levels)
        body = f"{_sentence(row)}{hazard.fixed_name}已整改：{hazard.result}。请现场复查。"
        told.append(_climbing(row, "fixed", "隐患待复查", body, to, rules.WAITING))
    elif hazard.owner and hazard.deadline:
        told += _told_of_fixing(row, {**levels, "owner": [hazard.owner.pk]})
    if hazard.asked_until is not None:
        to = _over_them(hazard.asked_by_id, Grade.GENERAL, levels)
        until = f"{hazard.asked_until:%-m月%-d日}"
        body = f"{_sentence(row)}申请延期到{until}：{hazard.asked_why}。"
        part = f"asked-{hazard.asked_until:%Y%m%d}"
        told.append(_climbing(row, part, "隐患申请延期，请决定", body, to, rules.WAITING))
    return told


def _told_of_fixing(row: Row, levels: Levels) -> list[Matter]:
    hazard = row.hazard
    day = f"{hazard.deadline:%-m月%-d日}"
    body = f"{_sentence(row)}措施：{hazard.measure}。请于{day}前完成。"
    owner = {"owner": levels["owner"]}
    told = [_climbing(row, "owner", "请整改隐患", body, owner, {"owner": timedelta(0)})]
    if row.is_late and (over := _over(hazard)):
        name = hazard.owner.name if hazard.owner else ""
        body = f"{_sentence(row)}整改期限{day}已过，责任人{name}。"
        late = _climbing(row, "late", "隐患逾期未整改", body, levels, rules.LATE)
        # Sent back or opened again after its day, it climbs from then on.
        told.append(replace(late, since=max(over, hazard.moved_at)))
    return told


def _over_them(person_id: int | None, grade: str, levels: Levels) -> Levels:
    """The levels of those who are over somebody, the next one first."""
    if grade == Grade.MAJOR or person_id in levels["principal"]:
        return {"above": levels["above"]}
    if person_id in levels["office"]:
        return {name: levels[name] for name in ("principal", "above")}
    return levels


def _climbing(
    row: Row,
    part: str,
    subject: str,
    body: str,
    levels: Levels,
    after: Mapping[str, timedelta],
) -> Matter:
    """A matter whose steps go up the levels; where one has nobody, the next hears of it in its
    stead.
    """
    matter = _matter(row, "", "")
    steps = _steps(subject, body, levels, after, matter)
    return replace(matter, key=_key(row.hazard, part), steps=steps, until=None)


def _steps(
    subject: str, body: str, levels: Levels, after: Mapping[str, timedelta], matter: Matter
) -> tuple[Step, ...]:
    steps: list[Step] = []
    waits = sorted(after.values())
    for name in after:
        if persons := tuple(levels.get(name, ())):
            wait = waits[len(steps)]
            steps.append(Step(name, subject, body, persons, after=wait, path=matter.act.url))
    return tuple(steps)


def _sentence(row: Row) -> str:
    return f"{row.hazard.unit.name} {row.what[:60]}。"
