"""A plan is adopted, and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import manifest
from anyuan.kernel.clock import midnight
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.states import origins
from anyuan.obligations.plans.rules import dates, versions
from anyuan.org.audit import services as audit
from anyuan.record.evidence.services import recording

from .. import queries
from ..models import Binding, Plan, PlanStatus, Review
from ..rules.versions import TRANSITIONS
from .binding import bind


# -- adoption -----------------------------------------------------------------
@transaction.atomic
def adopt(
    *, plan_id: int, starts: date, ends: date, signature: str, by: Viewer, at: datetime
) -> Plan:
    """Adopt a plan for [starts, ends) by signature; it then binds the units its scope names.

    :raises Refused: unreviewed duties, dates that don't run forward, a signature that is not the
    leader's name,
        or somebody adopted it first.
    """
    by.require("plan.adopt", queries.get(plan_id).unit.path)
    plan = queries.locked(plan_id)
    if not starts < ends or (ends - starts).days > 5 * 366:
        raise Refused(_("The plan must end after it starts, and within five years."))
    if signature.strip() != by.name:
        raise Refused(_("Please sign with your own name: %(name)s.") % {"name": by.name})
    left = plan.obligations.filter(review=Review.PROPOSED).count()
    if left:
        raise Refused(_("%(n)d duties are not reviewed yet.") % {"n": left})
    if not plan.obligations.filter(review=Review.ACCEPTED).exists():
        raise Refused(_("This plan holds no accepted duty, so there is nothing to adopt."))
    changed = Plan.objects.filter(
        pk=plan_id, status__in=origins(TRANSITIONS, PlanStatus.ADOPTED)
    ).update(
        status=PlanStatus.ADOPTED,
        adopted_at=at,
        adopted_by=by.name,
        adopted_by_id=by.person_id,
        signature=signature.strip(),
        starts=starts,
        ends=ends,
    )
    if not changed:
        raise Refused(_("This plan was adopted by somebody else a moment ago."))
    plan.refresh_from_db()
    _date(plan)
    if plan.replaces_id and queries.get(plan.replaces_id).status == PlanStatus.ADOPTED:
        _end(queries.get(plan.replaces_id), on=max(starts, recording.day_of(at)))
        same = versions.compare(queries.duties(queries.get(plan.replaces_id)), queries.duties(plan))
        for carry in manifest.opened("carried"):
            carry({p.old.pk: p.new.pk for p in same if p.old and p.new}, at)
    count = bind(plan)
    audit.record(
        "plan.adopted",
        by=by,
        at=at,
        unit_id=plan.unit_id,
        subject=plan.title,
        plan=plan.pk,
        bound=count,
        replaces=plan.replaces_id,
    )
    recording.owed_changed(plan.unit)
    return plan


@transaction.atomic
def retire(*, plan_id: int, by: Viewer, at: datetime) -> None:
    """End an adopted plan now; what it asked until today stays judged. :raises Refused:"""
    plan = queries.get(plan_id)
    by.require("plan.adopt", plan.unit.path)
    if plan.status != PlanStatus.ADOPTED:
        raise Refused(_("Only an adopted plan can be ended."))
    _end(plan, on=recording.day_of(at))
    audit.record(
        "plan.retired", by=by, at=at, unit_id=plan.unit_id, subject=plan.title, plan=plan.pk
    )
    recording.owed_changed(plan.unit)


def _end(plan: Plan, *, on: date) -> None:
    """What an adopted plan asked before a day stays judged; from that day it asks nothing."""
    ended = Plan.objects.filter(pk=plan.pk, status__in=origins(TRANSITIONS, PlanStatus.RETIRED))
    ended.update(status=PlanStatus.RETIRED)
    Binding.objects.filter(obligation__plan=plan, starts__gte=on).delete()
    Binding.objects.filter(obligation__plan=plan, ends__gt=on).update(
        ends=on, closes_at=midnight(on)
    )


def _date(plan: Plan) -> None:
    """Give phases and deadlines their years, now that the plan has its dates."""
    assert plan.starts and plan.ends
    for phase in plan.phases.all():
        raw = phase.raw
        start, end = raw.get("start"), raw.get("end")
        first = (
            plan.starts
            if start in (None, "issue")
            else dates.in_plan(start, plan.starts, plan.ends)
        )
        last = dates.in_plan(end, plan.starts, plan.ends) if end else None
        phase.starts, phase.ends = first, (last + timedelta(days=1)) if last else plan.ends
        if phase.starts and phase.starts < phase.ends:
            phase.save(update_fields=["starts", "ends"])
    for obligation in plan.obligations.exclude(due=""):
        due_dates = dates.due_dates(obligation.due, plan.starts, plan.ends)
        if due_dates:
            obligation.due_on = due_dates[1] - timedelta(days=1)
            obligation.save(update_fields=["due_on"])
