"""Reads of plans, scoped by the database: a unit's own, and those adopted above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import finding
from anyuan.kernel.clock import local_day
from anyuan.kernel.finding import Found
from anyuan.kernel.matters import Act, Matter, Urgency
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.kernel.scoping import remembered as on_this_page
from anyuan.kernel.scoping import visible as visible_row
from anyuan.org.units.models import Unit

from ..models import Binding, Obligation, Page, Phase, Plan, PlanStatus, Review

__all__ = ["Binding", "Obligation", "Page", "Phase", "Plan", "PlanStatus", "Review"]


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
    """The plan, held until the transaction ends, so that nobody reviews what is being adopted.

    :raises Invisible:
    """
    return visible_row(
        Plan.objects.select_for_update(of=("self",)).select_related("unit").order_by("pk"), plan_id
    )


def duties(plan: Plan) -> list[Obligation]:
    return list(plan.obligations.order_by("start", "order", "pk"))


def progress_of(plan: Plan) -> tuple[int, int]:
    """How many duties of a plan are decided, of how many."""
    rows = plan.obligations.order_by().aggregate(
        done=Count("pk", filter=~Q(review=Review.PROPOSED)), total=Count("pk")
    )
    return rows["done"], rows["total"]


def duty(obligation_id: int) -> Obligation:
    """:raises Invisible:"""
    return visible_row(
        Obligation.objects.select_related("plan", "unit").order_by("pk"), obligation_id
    )


def pages(plan: Plan) -> list[Page]:
    """The pages of a plan that were read as pictures."""
    return list(plan.pages.order_by("number"))


def page(plan: Plan, number: int) -> Page:
    """:raises Invisible:"""
    found = plan.pages.filter(number=number).order_by("pk").first()
    if found is None:
        raise Invisible
    return found


def stands_on(duty: Obligation, seen: Sequence[Page]) -> tuple[Page, Box] | None:
    """The page on which the words of a duty begin, and where they stand on it."""
    for page in seen:
        lines = [line[2:] for line in page.lines if line[0] < duty.end and duty.start < line[1]]
        if lines:
            left, top, right, bottom = zip(*lines, strict=True)
            return page, (min(left), min(top), max(right), max(bottom))
    return None


Box = tuple[float, float, float, float]  # left, top, right, bottom in shares of a page


def phases(plan: Plan) -> list[Phase]:
    return list(plan.phases.order_by("order"))


def obligations(ids: Iterable[int]) -> dict[int, Obligation]:
    """Obligations with their plans, by id; several parts of a page ask for the same."""
    known: dict[int, Obligation] = on_this_page("obligations", dict)
    asked = set(ids)
    if missing := asked - known.keys():
        found = Obligation.objects.filter(pk__in=missing).order_by("pk")
        known.update((o.pk, o) for o in found.prefetch_related(_PLANS))
    return {pk: known[pk] for pk in sorted(asked & known.keys())}


# Many duties of few plans: each plan is read once, and without its text.
_PLANS = Prefetch("plan", Plan.objects.select_related("unit").defer("text", "structure"))


def in_force(plan: Plan) -> list[Obligation]:
    """What a plan asks and a person accepted, in the order of its text."""
    return list(plan.obligations.filter(review=Review.ACCEPTED).order_by("start", "order"))


def find_plans(viewer: Viewer, text: str) -> list[Found]:
    """Plans by their titles."""
    found = finding.best(text, visible(), lambda p: p.title)
    return [Found(p.title, reverse("plan", args=[p.pk]), p.get_status_display()) for p in found]


def find_duties(viewer: Viewer, text: str) -> list[Found]:
    """What plans in force ask, by what is to be done."""
    rows = (
        Obligation.objects.filter(plan__status=PlanStatus.ADOPTED, review=Review.ACCEPTED)
        .select_related("plan")
        .defer("plan__text", "plan__structure")
        .order_by("plan_id", "start", "pk")
    )
    return [
        Found(o.action, reverse("plan", args=[o.plan_id]) + f"#duty-{o.pk}", o.holder)
        for o in finding.best(text, rows, lambda o: o.action)
    ]


def running_phases() -> list[Phase]:
    """The phases of every adopted plan the viewer may see, in time order."""
    return list(
        Phase.objects.filter(
            plan__status=PlanStatus.ADOPTED, starts__isnull=False, ends__isnull=False
        )
        .select_related("plan")
        .defer("plan__text", "plan__structure")
        .order_by("plan_id", "starts")
    )


def adopted() -> list[Plan]:
    return list(
        Plan.objects.filter(status=PlanStatus.ADOPTED)
        .select_related("unit")
        .order_by("starts", "pk")
    )


def is_any_adopted() -> bool:
    """Whether the viewer sees a plan in force."""
    return Plan.objects.filter(status=PlanStatus.ADOPTED).exists()


def _drafts() -> QuerySet[Plan]:
    """Plans under review, without their texts."""
    return (
        Plan.objects.filter(status=PlanStatus.DRAFT)
        .select_related("unit")
        .defer("text", "structure")
        .order_by("-uploaded_at", "-pk")
    )


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


def owes(unit_id: int, obligation_id: int) -> bool:
    """Whether a unit owes an obligation; a record cannot be said for another's."""
    return Binding.objects.filter(unit_id=unit_id, obligation_id=obligation_id).exists()


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Plans that wait for a signature, and drafts under review. Two queries."""
    signs, reviews = viewer.may("plan.adopt"), viewer.may("plan.review")
    found = list(_drafts()) if signs or reviews else []
    progress = _progress() if found else {}
    signing = [p for p in found if signs and _is_reviewed(progress.get(p.pk))]
    drafts = [p for p in found if reviews and p not in signing]
    signed = [_plan_matter(p, _("Sign"), _("Waiting for your signature"), "adopt") for p in signing]
    reviewed = [_plan_matter(p, _("Review"), _far(progress.get(p.pk)), "review") for p in drafts]
    return signed + reviewed


def _is_reviewed(done_of_total: tuple[int, int] | None) -> bool:
    return done_of_total is None or done_of_total[0] == done_of_total[1]


def _far(done_of_total: tuple[int, int] | None) -> str:
    """How far a review is, such as 34/52."""
    return f"{done_of_total[0]}/{done_of_total[1]}" if done_of_total else ""


def _progress() -> dict[int, tuple[int, int]]:
    """By draft: how many duties are reviewed, and of how many. One query."""
    reviewed = Count("pk", filter=~Q(review=Review.PROPOSED))
    drafts = Obligation.objects.filter(plan__status=PlanStatus.DRAFT).order_by()
    counted = drafts.values("plan_id").annotate(done=reviewed, total=Count("pk"))
    return {row["plan_id"]: (row["done"], row["total"]) for row in counted}


def _plan_matter(plan: Plan, act: str, detail: str, deed: str) -> Matter:
    return Matter(
        key=f"plan-{deed}-{plan.pk}",
        unit_id=plan.unit_id,
        path=plan.unit.path,
        place=plan.unit.name,
        sentence=plan.title,
        detail=detail,
        act=Act(act, reverse("plan", args=[plan.pk])),
        urgency=Urgency.NOW if deed == "adopt" else Urgency.SOON,
        permission=f"plan.{deed}",
    )


def home_phases(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """The phases of every campaign in force, for the home page."""
    phases = running_phases()
    return {"phases": phases, "today": local_day(now)} if phases else None
