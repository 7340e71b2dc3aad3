"""Reads of plans, scoped by the database: a unit's own, and those adopted above it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from anyuan.kernel.scoping import Invisible
from anyuan.kernel.scoping import visible as visible_row

from .models import Binding, Obligation, Phase, Plan, PlanStatus, Review

__all__ = ["Binding", "Obligation", "Phase", "Plan", "PlanStatus", "Review"]


def visible() -> QuerySet[Plan]:
    return (
        Plan.objects.select_related("unit")
        .defer("text", "structure")
        .annotate(
            duties=Count("obligations", filter=~Q(obligations__review=Review.DROPPED)),
            reviewed=Count("obligations", filter=~Q(obligations__review=Review.PROPOSED)),
            total=Count("obligations"),
        )
        .order_by("status", "-uploaded_at", "-pk")
    )


def get(plan_id: int) -> Plan:
    """:raises Invisible:"""
    return visible_row(Plan.objects.select_related("unit").order_by("pk"), plan_id)


def locked(plan_id: int) -> Plan:
    """The plan, held until the transaction ends, so that nobody reviews what is being adopted. :raises Invisible:"""
    return visible_row(
        Plan.objects.select_for_update(of=("self",)).select_related("unit").order_by("pk"), plan_id
    )


def duties(plan: Plan) -> list[Obligation]:
    return list(plan.obligations.order_by("start", "order", "pk"))


def duty(obligation_id: int) -> Obligation:
    """:raises Invisible:"""
    return visible_row(
        Obligation.objects.select_related("plan", "unit").order_by("pk"), obligation_id
    )


def phases(plan: Plan) -> list[Phase]:
    return list(plan.phases.order_by("order"))


def obligations(ids: Iterable[int]) -> dict[int, Obligation]:
    """Obligations with their plans, by id."""
    found = (
        Obligation.objects.filter(pk__in=list(ids))
        .select_related("plan", "plan__unit")
        .defer("plan__text", "plan__structure")
        .order_by("pk")
    )
    return {o.pk: o for o in found}


def in_force(plan: Plan) -> list[Obligation]:
    """What a plan asks and a person accepted, in the order of its text."""
    return list(plan.obligations.filter(review=Review.ACCEPTED).order_by("start", "order"))


def running_phases() -> list[Phase]:
    """The phases of every adopted plan the viewer may see, in time order."""
    return list(
        Phase.objects.filter(
            plan__status=PlanStatus.ADOPTED, starts__isnull=False, ends__isnull=False
        )
        .select_related("plan")
        .order_by("plan_id", "starts")
    )


def adopted() -> list[Plan]:
    return list(
        Plan.objects.filter(status=PlanStatus.ADOPTED)
        .select_related("unit")
        .order_by("starts", "pk")
    )


def awaiting_adoption() -> QuerySet[Plan]:
    """Drafts in which everything is reviewed."""
    return visible().filter(status=PlanStatus.DRAFT).exclude(obligations__review=Review.PROPOSED)


def binding(unit_id: int, obligation_id: int) -> Binding:
    """:raises Invisible:"""
    rows = Binding.objects.select_related("obligation", "yields_to", "unit").filter(
        unit_id=unit_id, obligation_id=obligation_id
    )
    found = rows.order_by("pk").first()
    if found is None:
        raise Invisible
    return found


def owed_by(unit_id: int, activity: str) -> list[Obligation]:
    """The obligations of a unit that a fact of this activity may count toward."""
    return list(
        Obligation.objects.filter(bindings__unit_id=unit_id, bindings__activity=activity)
        .select_related("plan")
        .defer("plan__text", "plan__structure")
        .order_by("plan_id", "start")
    )


def replaceable(plan: Plan) -> list[Plan]:
    """The adopted plans of the same unit that a draft could be the new version of."""
    return list(
        Plan.objects.filter(unit_id=plan.unit_id, status=PlanStatus.ADOPTED)
        .exclude(pk=plan.pk)
        .order_by("-adopted_at")
    )
