"""What the page of a plan under review shows, and what is offered again of earlier corrections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anyuan.kernel.scoping import Viewer
from anyuan.org.units import queries as units

from ..models import Correction, Obligation, Page, Phase, Plan, PlanStatus, Review
from ..rules import demands, reviewing, versions
from . import duties as duties_of
from . import pages, phases, replaceable, stands_on


@dataclass(frozen=True)
class Offer:
    """The same correction for other duties: of which thing, from what to what."""

    field: str
    before: str
    after: str
    duties: list[Obligation]

    @property
    def ids(self) -> str:
        return ",".join(str(d.pk) for d in self.duties)


def offers_after(duty: Obligation, before: dict[str, str]) -> list[Offer]:
    """What was just changed of a duty and stands the same wrong way on its likes.

    :param before: its fields of `reviewing.SHARED` as they were.
    """
    changed = [f for f in reviewing.SHARED if getattr(duty, f) != before[f]]
    others = duties_of(duty.plan) if changed else []
    found = [
        Offer(f, before[f], getattr(duty, f), reviewing.alike(duty, f, before[f], others))
        for f in changed
    ]
    return [offer for offer in found if offer.duties]


def remembered(plan: Plan, waiting: Sequence[Obligation]) -> list[Offer]:
    """What the unit corrected in earlier plans and was read the same way again."""
    out = []
    for kept in Correction.objects.filter(unit_id=plan.unit_id).order_by("-times", "pk"):
        alike = [
            d
            for d in waiting
            if d.review == Review.PROPOSED
            and not d.edited
            and d.activity == kept.cue
            and getattr(d, kept.field) == kept.before
        ]
        if alike:
            out.append(Offer(kept.field, kept.before, kept.after, alike))
    return out


@dataclass(frozen=True)
class ReviewPage:
    """A plan with its duties, and what may be done with them."""

    plan: Plan
    duties: list[Obligation]
    phases: list[Phase]
    open: int
    done: int
    may_review: bool
    may_adopt: bool
    replaceable: list[Plan]
    show: str
    counts: dict[str, int]
    taken_along: int
    together: Together | None
    pages: list[Page]
    seen: frozenset[int]  # duties whose words stand on a page that was read as a picture
    unbound: frozenset[int]  # duties that would bind nobody
    remembered: list[Offer]


@dataclass(frozen=True)
class Together:
    """What was last accepted in one act by whoever looks: it can be opened again."""

    moment: datetime
    many: int


def together(viewer: Viewer, duties: Sequence[Obligation]) -> Together | None:
    """The newest moment at which the viewer accepted several duties at once."""
    moments = Counter(
        d.reviewed_at
        for d in duties
        if d.review == Review.ACCEPTED and d.reviewed_by == viewer.name and not d.edited
    )
    several = [(moment, many) for moment, many in moments.items() if moment and many > 1]
    return Together(*max(several)) if several else None


@dataclass(frozen=True)
class Bound:
    """How many units of one kind a draft would bind, and how many duties each."""

    kind: str
    units: int
    fewest: int
    most: int


def would_bind(plan: Plan, duties: Sequence[Obligation]) -> list[Bound]:
    """What adopting would ask of the units below, by kind of unit."""
    below = [u for u in units.below(plan.unit) if u.closed_on is None]
    accepted = [d for d in duties if d.review == Review.ACCEPTED]
    many: dict[str, list[int]] = {}
    for unit in below:
        asked = sum(
            1
            for d in accepted
            if unit.kind in demands.bound_kinds(d.holder, d.activity)
            and (not unit.is_campus or demands.applies(d.applies_to, unit))
        )
        if asked:
            many.setdefault(unit.get_kind_display(), []).append(asked)
    return [Bound(kind, len(n), min(n), max(n)) for kind, n in many.items()]


def review_page(
    viewer: Viewer, plan: Plan, duties: list[Obligation], show: str = "all"
) -> ReviewPage:
    """A plan as it is reviewed.

    :param show: one of the filters of `rules.reviewing`.
    """
    is_draft = plan.status == PlanStatus.DRAFT
    read = pages(plan)
    return ReviewPage(
        pages=read,
        seen=seen_of(duties, read),
        unbound=unbound_of(duties),
        remembered=remembered(plan, duties) if is_draft else [],
        plan=plan,
        duties=reviewing.shown(duties, show),
        show=show if show in reviewing.SHOWS else "all",
        counts=reviewing.counts(duties),
        taken_along=sum(1 for d in reviewing.shown(duties, show) if reviewing.takes_along(d)),
        together=together(viewer, duties) if is_draft else None,
        phases=phases(plan),
        open=versions.open_items(d.review for d in duties),
        done=sum(1 for d in duties if d.review != Review.PROPOSED),
        may_review=is_draft and viewer.may("plan.review", plan.unit.path),
        may_adopt=viewer.may("plan.adopt", plan.unit.path),
        replaceable=replaceable(plan) if is_draft else [],
    )


def seen_of(duties: Sequence[Obligation], read: Sequence[Page]) -> frozenset[int]:
    """The duties (ids) whose words stand on one of these pages."""
    return frozenset(d.pk for d in duties if stands_on(d, read) is not None)


def unbound_of(duties: Sequence[Obligation]) -> frozenset[int]:
    """The duties (ids) that would bind no kind of unit."""
    return frozenset(d.pk for d in duties if not demands.bound_kinds(d.holder, d.activity))
