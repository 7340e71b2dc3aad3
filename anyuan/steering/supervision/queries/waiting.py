"""What of notices and visits waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.matters import Act, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.org.people import queries as people
from anyuan.org.people.rules import Role
from anyuan.org.units.models import Unit

from ..models import Notice, NoticeState, Visit, VisitState
from . import reopened

LATELY = timedelta(days=2)  # within which a new notice is told; our own bound
MOST = 40  # of one home page; our own bound


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Notices to sign for, to answer, to check again; visits that are mine to make."""
    ids = [u.pk for u in own]
    with_school = Q(school__in=ids, state__in=[NoticeState.ISSUED, NoticeState.SERVED])
    with_office = Q(unit__in=ids, state=NoticeState.ANSWERED)
    rows = Notice.objects.select_related("school").order_by("deadline", "pk")
    found = [notice_matter(n, now) for n in rows.filter(with_school)[:MOST]]
    answered = rows.filter(with_office).select_related("unit")
    found += [notice_matter(n, now) for n in answered[:MOST]]
    found += [notice_matter(n, now) for n in reopened(ids)[:MOST]]
    found += [_visit_matter(v, [viewer.pk]) for v in _mine(viewer, now)]
    return found


def notice_matter(notice: Notice, now: datetime, steps: tuple[Step, ...] = ()) -> Matter:
    """A notice waits for the school, or once it is answered for whoever issued it."""
    said = {
        NoticeState.ISSUED: _("Sign for a rectification notice: %(what)s"),
        NoticeState.SERVED: _("Answer a rectification notice: %(what)s"),
        NoticeState.ANSWERED: _("Check again: %(what)s"),
        NoticeState.CLOSED: _("Open again after it was closed: %(what)s"),
    }[NoticeState(notice.state)]
    over = midnight(notice.deadline + timedelta(days=1))
    is_answered = notice.state in {NoticeState.ANSWERED, NoticeState.CLOSED}
    at = notice.unit if is_answered else notice.school
    return Matter(
        key=f"notice-{notice.pk}-{_since(notice):%Y%m%d%H%M%S}-{notice.state}",
        unit_id=at.pk,
        path=at.path,
        place=notice.school.name,
        sentence=said % {"what": str(notice)},
        act=Act(_("Open"), reverse("notice", args=[notice.pk])),
        urgency=Urgency.LATE if over <= now and not is_answered else Urgency.NOW,
        since=_since(notice),
        until=None if steps else over,
        permission="supervision.do" if is_answered else "hazard.assign",
        steps=steps,
    )


def _since(notice: Notice) -> datetime:
    """Since when it stands as it does."""
    moments = (notice.issued_at, notice.served_at, notice.answered_at, notice.checked_at)
    return max(m for m in moments if m is not None)


def _mine(viewer: Viewer, now: datetime) -> list[Visit]:
    """The visits that are this person's to make; one who supervises no more has none."""
    if not viewer.may("supervision.do"):
        return []
    rows = Visit.objects.filter(
        state__in=[VisitState.PLANNED, VisitState.ARRIVED],
        persons__contains=viewer.person_id,
        last_day__gte=local_day(now),
    )
    return list(rows.select_related("unit").order_by("first_day", "pk")[:MOST])


def _visit_matter(visit: Visit, persons: Sequence[int]) -> Matter:
    return Matter(
        key=f"visit-{visit.pk}",
        unit_id=visit.unit_id,
        path=visit.unit.path,
        place=visit.school_name,
        sentence=_("Visit a school: %(school)s") % {"school": visit.school_name},
        act=Act(_("Open"), reverse("visit", args=[visit.pk])),
        urgency=Urgency.SOON,
        since=midnight(visit.first_day),
        until=midnight(visit.last_day + timedelta(days=1)),
        persons=frozenset(persons),
    )


def to_tell(now: datetime) -> list[Matter]:
    """A notice that was issued or failed its check, to the school; one answered, to its issuer; a
    visit that was drawn, to whoever makes it and nobody else.
    """
    return [*_notices_to_tell(now), *(_visit_to_tell(v) for v in _drawn_lately(now))]


def _drawn_lately(now: datetime) -> list[Visit]:
    rows = Visit.objects.filter(state=VisitState.PLANNED, draw__drawn_at__gt=now - LATELY)
    return list(rows.select_related("unit", "draw").order_by("pk"))


def _visit_to_tell(visit: Visit) -> Matter:
    assert visit.draw is not None  # as asked for
    first, last = f"{visit.first_day:%-m月%-d日}", f"{visit.last_day:%-m月%-d日}"
    body = f"{visit.school_name}，{first}至{last}之间，同行：{visit.names}。到校前请勿通知学校。"
    step = Step(
        name="",
        subject="抽中您进行督导检查",
        body=body,
        persons=tuple(visit.persons),
        path=reverse("visit", args=[visit.pk]),
    )
    said = _visit_matter(visit, visit.persons)
    return replace(said, since=visit.draw.drawn_at, until=None, steps=(step,))


def _notices_to_tell(now: datetime) -> list[Matter]:
    recent = Q(issued_at__gt=now - LATELY) | Q(checked_at__gt=now - LATELY)
    rows = Notice.objects.filter(recent | Q(answered_at__gt=now - LATELY))
    found = list(
        rows.exclude(state=NoticeState.CLOSED).select_related("unit", "school").order_by("pk")
    )
    schools = [n.school_id for n in found]
    officers = people.holding_at(schools, Role.SAFETY_OFFICER)
    heads = people.holding_at(schools, Role.PRINCIPAL)
    officers_of = people.holding_at([n.unit_id for n in found], Role.DISTRICT_OFFICER)
    told = []
    for notice in found:
        at_school = (*officers[notice.school_id], *heads[notice.school_id])
        at_office = (notice.issued_by_id, *officers_of[notice.unit_id])
        to = at_office if notice.state == NoticeState.ANSWERED else at_school
        told.append(notice_matter(notice, now, (_step(notice, to),)))
    return told


def _step(notice: Notice, persons: tuple[int, ...]) -> Step:
    subject = {
        NoticeState.ISSUED: "请签收整改通知书",
        NoticeState.SERVED: "整改通知书须整改",
        NoticeState.ANSWERED: "整改通知书已回告，请复查",
    }[NoticeState(notice.state)]
    day = f"{notice.deadline:%-m月%-d日}"
    return Step(
        name="",
        subject=subject,
        body=f"{notice}：{notice.school.name}，整改期限{day}。",
        persons=persons,
        path=f"/supervision/notices/{notice.pk}/",
    )


def is_over(notice: Notice, now: datetime) -> bool:
    """Whether its day is over while the school has not answered."""
    waits = notice.state in {NoticeState.ISSUED, NoticeState.SERVED}
    return waits and notice.deadline < local_day(now)
