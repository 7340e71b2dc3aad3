"""What each unit owes by the plans in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from anyuan.kernel import manifest
from anyuan.kernel.clock import midnight
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans.rules import checking, dates, standing, versions
from anyuan.obligations.plans.rules import demands as demands_rules
from anyuan.org.audit import services as audit
from anyuan.org.units import queries as units
from anyuan.org.units import services as units_services
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence.services import recording

from .. import queries
from ..models import Binding, Measure, Obligation, Plan, PlanStatus, Review
from .drafts import AsRead
from .review import as_read

# What of a binding says how it is checked.
CHECKED = (
    "measure",
    "comparator",
    "window",
    "needed",
    "cap",
    "minutes",
    "post",
    "from_minute",
    "to_minute",
)


def _manned(unit_ids: Sequence[int]) -> dict[int, standing.Manned]:
    told = (tell(unit_ids) for tell in manifest.opened("bound"))
    return {unit_id: found for manned in told for unit_id, found in manned.items()}


@transaction.atomic
def bind(plan: Plan) -> int:
    """Make what each unit owes by an adopted plan; returns the number of bindings."""
    assert plan.starts and plan.ends
    below = [u for u in units.below(plan.unit) if u.closed_on is None]
    calendars = units.calendars_of(below)
    manned = _manned([u.pk for u in below])
    rows: list[Binding] = []
    for obligation in plan.obligations.filter(review=Review.ACCEPTED).order_by("start", "order"):
        for unit, measure in _bound(obligation, plan.unit, below):
            # A school that opened during the campaign owes from its first day.
            since = max(plan.starts, unit.opened_on)
            if since < plan.ends:
                span = (calendars[unit.pk], since, plan.ends)
                rows.append(_binding(obligation, unit, measure, span, manned.get(unit.pk)))
    Binding.objects.filter(obligation__plan=plan).delete()
    Binding.objects.bulk_create(rows, batch_size=2000)
    yield_to_stricter([u.pk for u in below])
    return len(rows)


def manned_anew(unit: Unit) -> None:
    """A unit's stations changed: what it owes of presence, of the night and in each shift is
    checked another way.
    """
    manned = _manned([unit.pk]).get(unit.pk)
    follows = (
        Q(obligation__measure__in=[Measure.PRESENT, Measure.NIGHTLY])
        | Q(obligation__period="shift")
        | Q(obligation__per__in=demands_rules.EACH_SHIFT)
    )
    rows = Binding.objects.filter(follows, unit=unit).select_related("obligation__plan", "calendar")
    changed = False
    for old in rows.order_by("pk"):
        o = old.obligation
        span = (old.calendar, old.starts, old.ends)
        new = _binding(o, unit, o.measure, span, manned)
        values = {name: getattr(new, name) for name in CHECKED}
        if any(getattr(old, name) != value for name, value in values.items()):
            Binding.objects.filter(pk=old.pk).update(**values)
            changed = True
    if changed:
        yield_to_stricter([unit.pk])
        recording.owed_changed(unit)


def _rebind(changed: Sequence[Unit], by: Viewer, at: datetime) -> None:
    """Units are new, or became something else: every adopted plan above them binds anew."""
    for plan in queries.adopted():
        if any(u.path.startswith(plan.unit.path) for u in changed):
            bind(plan)
            recording.owed_changed(plan.unit)


units_services.FOLLOWERS["plans"] = _rebind


def _bound(o: Obligation, owner: Unit, below: Sequence[Unit]) -> list[tuple[Unit, str]]:
    campuses = [u for u in below if u.is_campus and demands_rules.applies(o.applies_to, u)]
    if o.measure == Measure.SHARE:
        # The share is the owner's; each campus owes its own part of it.
        parts = [(u, str(Measure.LEVEL)) for u in campuses if u.pk != owner.pk]
        return [(owner, str(Measure.SHARE)), *parts]
    kinds = demands_rules.bound_kinds(o.holder, o.activity)
    bound = [u for u in below if u.kind in kinds and (not u.is_campus or u in campuses)]
    if not bound and not (set(kinds) & set(checking.CAMPUSES) and not owner.is_campus):
        bound = [owner]
    return [(u, o.measure) for u in bound]


def _binding(
    duty: Obligation,
    unit: Unit,
    measure: str,
    span: tuple[Unit, date, date],
    manned: standing.Manned | None,
) -> Binding:
    """What one unit owes of a duty, by the calendar of a unit, over [starts, ends): `span`."""
    calendar, starts, ends = span
    words = duty.plan.text[duty.start : duty.end] or duty.action
    asked = checking.check(AsRead(as_read(duty)))
    check, post, night = checking.nights(asked, duty.holder, words, manned)
    if check.measure == Measure.DECLARED or measure in {Measure.PRESENT, Measure.NIGHTLY}:
        measure = check.measure
    if duty.due_on and check.measure == "by":
        starts, ends = dates.due_dates(duty.due, starts, ends) or (starts, ends)
    activity = activities.get(duty.activity)
    needed, cap = _needed(duty, unit, check, measure, manned)
    return Binding(
        unit=unit,
        obligation=duty,
        calendar=calendar,
        activity=duty.activity,
        trigger=activity.answers or "",
        measure=measure,
        comparator=check.comparator if check.comparator in {">=", "<="} else ">=",
        window=check.window,
        needed=needed,
        cap=cap,
        minutes=int(check.needed) if check.measure in IN_MINUTES and check.needed else None,
        post=post,
        from_minute=night[0] if night else None,
        to_minute=night[1] if night else None,
        applies_to=duty.applies_to,
        starts=starts,
        ends=ends,
        opens_at=midnight(starts),
        closes_at=midnight(ends),
    )


IN_MINUTES = {"every", "within", "nightly"}


def _needed(
    duty: Obligation,
    unit: Unit,
    check: checking.Check,
    measure: str,
    manned: standing.Manned | None,
) -> tuple[Decimal | None, Decimal | None]:
    """How much it asks of the unit, and how much of it one shift or class can count at most."""
    walked = activities.get(duty.activity).family == "patrol"
    rounds = manned.rounds if manned and walked else None
    needed, cap = demands_rules.needed(check, duty.per, duty.period, unit, rounds)
    part_of_share = measure == Measure.LEVEL and check.measure == "share"
    return (Decimal(1), cap) if part_of_share else (needed, cap)


# What of a binding is compared; a plan's text is long and stays where it is.
COMPARED = (
    "unit_id",
    "activity",
    "measure",
    "window",
    "needed",
    "starts",
    "ends",
    "yields_to_id",
    "obligation__action",
    "obligation__plan__status",
)


@transaction.atomic
def yield_to_stricter(unit_ids: Sequence[int]) -> None:
    """Where two adopted plans ask a unit the same thing, let the laxer yield; both stay."""
    rows = list(
        Binding.objects.filter(unit_id__in=unit_ids)
        .select_related("obligation__plan")
        .only(*COMPARED)
        .order_by("pk")
    )
    by_unit: dict[int, list[Binding]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row)
    changed = []
    for group in by_unit.values():
        demands = [
            demands_rules.Demand(
                b.obligation_id,
                b.obligation.plan_id,
                b.activity,
                b.measure,
                b.window,
                b.needed,
                versions.key_words(b.obligation.action, b.activity),
                b.obligation.action.strip("。;；, "),
                b.starts,
                b.ends,
            )
            for b in group
            if b.obligation.plan.status == PlanStatus.ADOPTED
        ]
        ended = {b.obligation_id for b in group if b.obligation.plan.status == PlanStatus.RETIRED}
        yields = demands_rules.stricter(demands)
        for b in group:
            # What yielded to a plan that has ended did so in its time, and counts again after it.
            to = yields.get(b.obligation_id) or (
                b.yields_to_id if b.yields_to_id in ended else None
            )
            if b.yields_to_id != to:
                b.yields_to_id = to
                changed.append(b)
    Binding.objects.bulk_update(changed, ["yields_to"], batch_size=2000)


# -- the calendar -------------------------------------------------------------
@transaction.atomic
def calendar_changed(*, unit: Unit, what: str, by: Viewer, at: datetime, **data: object) -> None:
    """After terms or exceptions of a unit changed: point what is owed below to its calendar, and
    have windows follow.
    """
    below = list(units.below(unit))
    calendars = units.calendars_of(below)
    for calendar_id in {c.pk for c in calendars.values()}:
        ids = [pk for pk, c in calendars.items() if c.pk == calendar_id]
        Binding.objects.filter(unit_id__in=ids).exclude(calendar_id=calendar_id).update(
            calendar_id=calendar_id
        )
    audit.record(what, by=by, at=at, unit_id=unit.pk, subject=unit.name, **data)
    recording.owed_changed(unit)
