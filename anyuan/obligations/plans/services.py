"""Writes of plans: upload, review, adopt; adoption binds the units below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from anyuan.activities import rules as activities
from anyuan.audit import services as audit
from anyuan.evidence import services as evidence
from anyuan.kernel import commands
from anyuan.kernel.clock import midnight
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.reading import document
from anyuan.reading import rules as reading
from anyuan.reading.errors import ReadingError
from anyuan.units import queries as units
from anyuan.units import services as units_services
from anyuan.units.models import Unit

from . import queries, rules
from .models import Binding, Measure, Obligation, Phase, Plan, PlanStatus, Review

MAX_PLANS = 20
CERTAINTY = {
    "P": "法规原文",
    "2": "两个来源一致",
    "2*": "同一官方通稿",
    "1": "一个来源",
    "M": "未核实",
}
# What upper storeys keep about duties passes to the new version of a plan: name → who takes old ids to new ones.
CARRIED: dict[str, Callable[[Mapping[int, int], datetime], None]] = {}


class Stale(Refused):
    """Somebody else changed this meanwhile; the newest version is on the page."""


@transaction.atomic
def upload(*, unit: Unit, name: str, data: bytes, by: Viewer, at: datetime) -> list[Plan]:
    """Read a file and keep every plan in it as a draft of the unit. :raises Refused: with the place and the remedy."""
    by.require("plan.review", unit.path)
    try:
        read = document.from_bytes(name, data)
    except ReadingError as error:
        raise Refused(str(error)) from error
    found = reading.read(read.name, read.text)
    if len(found) > MAX_PLANS:
        raise Refused(
            _("%(n)d plans in one file are too many. Please upload at most %(max)d.")
            % {"n": len(found), "max": MAX_PLANS}
        )
    plans = [
        _keep(unit, read, plan, by, at)
        for plan in found
        if plan.text.strip() and len(plan.text.strip()) > 40
    ]
    if not plans:
        raise Refused(_("%(name)s holds no plan: there is too little text.") % {"name": name})
    for plan in plans:
        audit.record(
            "plan.uploaded", by=by, at=at, unit_id=unit.pk, subject=plan.title, plan=plan.pk
        )
    return plans


def _keep(
    unit: Unit, read: document.Document, found: reading.Plan, by: Viewer, at: datetime
) -> Plan:
    plan = Plan.objects.create(
        unit=unit,
        title=found.title[:120] or read.name,
        text=found.text,
        source_name=f"{read.name}"[:120],
        structure=found.as_structure(),
        unread=[[start, end, text[:200]] for start, end, text in found.unread],
        warnings=list(read.warnings),
        needs_year=found.masked_years,
        uploaded_at=at,
        uploaded_by=by.name,
    )
    Phase.objects.bulk_create(
        Phase(
            plan=plan,
            unit=unit,
            name=p.name[:60],
            raw={"start": p.start, "end": p.end, "span": [p.clause.start, p.clause.last]},
            order=i,
        )
        for i, p in enumerate(found.phases)
    )
    Obligation.objects.bulk_create(
        Obligation(plan=plan, unit=unit, order=i, **_columns(o))
        for i, o in enumerate(found.obligations)
    )
    return plan


def _columns(o: reading.Obligation) -> dict[str, Any]:
    check = rules.check(o)
    return {
        "section": o.section[:60],
        "start": o.start,
        "end": o.end,
        "rule": o.rule,
        "holder": o.duty_holder[:60],
        "action": o.action[:120],
        "activity": o.activity,
        "measure": check.measure,
        "comparator": o.comparator,
        "quantity": _decimal(o.quantity),
        "quantity_max": _decimal(o.quantity_max),
        "measure_unit": o.unit or "",
        "period": o.period,
        "per": (o.per or "")[:40],
        "due": (o.due or "")[:60],
        "applies_to": o.applies_to,
        "kind": o.kind,
    }


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


@commands.check("obligation")
def owes(unit_id: int, obligation_id: int) -> bool:
    """Whether a unit owes an obligation; a record cannot be said for another's."""
    return Binding.objects.filter(unit_id=unit_id, obligation_id=obligation_id).exists()


# -- review -------------------------------------------------------------------
@transaction.atomic
def review(
    *, obligation_id: int, version: int, verdict: str, by: Viewer, at: datetime
) -> Obligation:
    """Accept, drop or reopen one proposed obligation. :raises Stale: it changed since `version`."""
    if verdict not in Review.values:
        raise Refused(_("Unknown decision."))
    obligation = _open(obligation_id, by)
    reopened = verdict == Review.PROPOSED
    return _save(obligation, version, {
        "review": verdict,
        "reviewed_by": "" if reopened else by.name,
        "reviewed_at": None if reopened else at,
    })  # fmt: skip


@transaction.atomic
def edit(
    *, obligation_id: int, version: int, changes: Mapping[str, Any], by: Viewer, at: datetime
) -> Obligation:
    """Change what was read; an edited obligation is accepted. :raises Stale, Refused:"""
    obligation = _open(obligation_id, by)
    values = dict(changes)
    _apply_check({**_as_read(obligation), **values}, values)
    return _save(
        obligation,
        version,
        {
            **values,
            "edited": True,
            "review": Review.ACCEPTED,
            "reviewed_by": by.name,
            "reviewed_at": at,
        },
    )


@transaction.atomic
def split(*, obligation_id: int, by: Viewer) -> Obligation:
    """Put a second obligation beside one, from the same words, to be edited apart."""
    obligation = _open(obligation_id, by)
    obligation.pk = None
    obligation.order += 1
    obligation.review = Review.PROPOSED
    obligation.reviewed_by, obligation.reviewed_at, obligation.edited = "", None, True
    obligation.version = 1
    obligation.save(force_insert=True)
    return obligation


@transaction.atomic
def add(*, plan_id: int, start: int, end: int, by: Viewer) -> Obligation:
    """Add an obligation from selected words; they are read again, and what is found is proposed."""
    plan = _draft(plan_id, by)
    if not 0 <= start < end <= len(plan.text) or end - start > 2000:
        raise Refused(_("Please select the words of the duty in the document."))
    words = plan.text[start:end]
    # The reader takes a first line for a title, so the words get one.
    found = [o for p in reading.read(plan.source_name, f"方案\n{words}") for o in p.obligations]
    order = plan.obligations.count() + 1
    if found:
        columns = {**_columns(found[0]), "start": start, "end": end}
    else:
        columns = {
            "section": "", "start": start, "end": end, "holder": "学校", "action": words.strip()[:120], "activity": "other",
            "measure": Measure.DECLARED, "comparator": "exists", "period": "continuous", "kind": "standing",
        }  # fmt: skip
    columns["rule"] = "added by hand"
    return Obligation.objects.create(plan=plan, unit=plan.unit, order=order, edited=True, **columns)


@transaction.atomic
def accept_rest(*, plan_id: int, by: Viewer, at: datetime) -> int:
    """Accept everything still proposed; returns how many."""
    plan = _draft(plan_id, by)
    return plan.obligations.filter(review=Review.PROPOSED).update(
        review=Review.ACCEPTED, reviewed_by=by.name, reviewed_at=at, version=F("version") + 1
    )


def _open(obligation_id: int, by: Viewer) -> Obligation:
    obligation = queries.duty(obligation_id)
    _draft(obligation.plan_id, by)
    return obligation


def _draft(plan_id: int, by: Viewer) -> Plan:
    by.require("plan.review", queries.get(plan_id).unit.path)
    plan = queries.locked(plan_id)
    if plan.status != PlanStatus.DRAFT:
        raise Refused(_("This plan has been adopted; what it asks can no longer be changed here."))
    return plan


def _save(obligation: Obligation, version: int, values: dict[str, Any]) -> Obligation:
    changed = Obligation.objects.filter(pk=obligation.pk, version=version).update(
        **values, version=version + 1
    )
    if not changed:
        raise Stale(
            _(
                "Somebody else changed this duty meanwhile. Nothing was overwritten; please look at the newest version."
            )
        )
    obligation.refresh_from_db()
    return obligation


def _as_read(o: Obligation) -> dict[str, Any]:
    return {
        "activity": o.activity, "comparator": o.comparator, "quantity": o.quantity, "measure_unit": o.measure_unit,
        "period": o.period, "due": o.due, "action": o.action,
    }  # fmt: skip


class _AsRead:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.activity = values["activity"]
        self.action = values["action"]
        self.comparator = values["comparator"]
        self.quantity = values["quantity"]
        self.unit = values["measure_unit"] or None
        self.period = values["period"]
        self.due = values["due"] or None


def _apply_check(values: Mapping[str, Any], into: dict[str, Any]) -> None:
    try:
        activities.get(values["activity"])
    except activities.UnknownActivity:
        raise Refused(_("Please choose an activity from the list.")) from None
    read = _AsRead(values)
    into["measure"] = rules.check(read).measure
    into["kind"] = reading.kind(read)  # type: ignore[arg-type]


@transaction.atomic
def offer_standards(*, unit: Unit, ids: Sequence[str], by: Viewer, at: datetime) -> Plan:
    """Put the chosen duties of laws and standards before a unit as a draft, to be reviewed and adopted like any plan."""
    by.require("plan.review", unit.path)
    chosen = [s for s in activities.standards() if s.id in set(ids)]
    if not chosen:
        raise Refused(_("Please choose at least one duty."))
    lines, spans, text = [], [], "法律与标准要求（内置）\n"
    for n, standard in enumerate(chosen, 1):
        line = f"{n}.{standard.text}（依据：{standard.source}；{CERTAINTY[standard.certainty]}）。"
        spans.append((len(text) + len(f"{n}."), len(text) + len(f"{n}.") + len(standard.text)))
        lines.append(line)
        text += line + "\n"
    plan = Plan.objects.create(
        unit=unit,
        title="法律与标准要求",
        text=text,
        source_name="standards",
        uploaded_at=at,
        uploaded_by=by.name,
    )
    Obligation.objects.bulk_create(
        Obligation(
            plan=plan,
            unit=unit,
            order=i,
            section=str(i + 1),
            start=start,
            end=end,
            rule=f"standard {s.id}",
            **_of_standard(s),
        )
        for i, (s, (start, end)) in enumerate(zip(chosen, spans, strict=True))
    )
    audit.record("plan.offered", by=by, at=at, unit_id=unit.pk, subject=plan.title, plan=plan.pk)
    return plan


def _of_standard(s: activities.Standard) -> dict[str, Any]:
    values = {
        "holder": s.holder, "action": s.text[:120], "activity": s.activity, "comparator": s.comparator, "quantity": s.quantity,
        "measure_unit": s.unit or "", "period": s.period, "per": s.per, "due": s.due, "applies_to": s.applies_to,
    }  # fmt: skip
    _apply_check(values, values)
    return values


@transaction.atomic
def replace(*, plan_id: int, old_id: int | None, by: Viewer) -> None:
    """Say which adopted plan of the same unit a draft is the new version of; none takes it back."""
    plan = _draft(plan_id, by)
    if old_id is not None:
        old = queries.get(old_id)
        if old.unit_id != plan.unit_id or old.status != PlanStatus.ADOPTED:
            raise Refused(_("Only an adopted plan of the same unit can be replaced."))
    Plan.objects.filter(pk=plan.pk).update(replaces=old_id)


# -- adoption -----------------------------------------------------------------
@transaction.atomic
def adopt(
    *, plan_id: int, starts: date, ends: date, signature: str, by: Viewer, at: datetime
) -> Plan:
    """Adopt a plan for [starts, ends) by signature; it then binds the units its scope names.

    :raises Refused: unreviewed duties, dates that don't run forward, a signature that is not the leader's name,
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
    changed = Plan.objects.filter(pk=plan_id, status=PlanStatus.DRAFT).update(
        status=PlanStatus.ADOPTED, adopted_at=at, adopted_by=by.name, adopted_by_id=by.person_id,
        signature=signature.strip(), starts=starts, ends=ends,
    )  # fmt: skip
    if not changed:
        raise Refused(_("This plan was adopted by somebody else a moment ago."))
    plan.refresh_from_db()
    _date(plan)
    if plan.replaces_id and queries.get(plan.replaces_id).status == PlanStatus.ADOPTED:
        _end(queries.get(plan.replaces_id), on=max(starts, evidence.day_of(at)))
        same = rules.compare(queries.duties(queries.get(plan.replaces_id)), queries.duties(plan))
        for carry in CARRIED.values():
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
    evidence.owed_changed(plan.unit)
    return plan


@transaction.atomic
def retire(*, plan_id: int, by: Viewer, at: datetime) -> None:
    """End an adopted plan now; what it asked until today stays judged. :raises Refused:"""
    plan = queries.get(plan_id)
    by.require("plan.adopt", plan.unit.path)
    if plan.status != PlanStatus.ADOPTED:
        raise Refused(_("Only an adopted plan can be ended."))
    _end(plan, on=evidence.day_of(at))
    audit.record(
        "plan.retired", by=by, at=at, unit_id=plan.unit_id, subject=plan.title, plan=plan.pk
    )
    evidence.owed_changed(plan.unit)


def _end(plan: Plan, *, on: date) -> None:
    """What an adopted plan asked before a day stays judged; from that day it asks nothing."""
    Plan.objects.filter(pk=plan.pk, status=PlanStatus.ADOPTED).update(status=PlanStatus.RETIRED)
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
            else rules.in_plan(start, plan.starts, plan.ends)
        )
        last = rules.in_plan(end, plan.starts, plan.ends) if end else None
        phase.starts, phase.ends = first, (last + timedelta(days=1)) if last else plan.ends
        if phase.starts and phase.starts < phase.ends:
            phase.save(update_fields=["starts", "ends"])
    for obligation in plan.obligations.exclude(due=""):
        found = rules.due_dates(obligation.due, plan.starts, plan.ends)
        if found:
            obligation.due_on = found[1] - timedelta(days=1)
            obligation.save(update_fields=["due_on"])


# Upper storeys tell which posts a unit mans, and when its night is.
MANNED: dict[str, Callable[[Sequence[int]], Mapping[int, rules.Manned]]] = {}
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


def _manned(unit_ids: Sequence[int]) -> dict[int, rules.Manned]:
    return {unit_id: found for tell in MANNED.values() for unit_id, found in tell(unit_ids).items()}


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
                rows.append(
                    _binding(
                        obligation,
                        unit,
                        measure,
                        calendars[unit.pk],
                        since,
                        plan.ends,
                        plan.text[obligation.start : obligation.end],
                        manned.get(unit.pk),
                    )
                )
    Binding.objects.filter(obligation__plan=plan).delete()
    Binding.objects.bulk_create(rows, batch_size=2000)
    yield_to_stricter([u.pk for u in below])
    return len(rows)


def manned_anew(unit: Unit) -> None:
    """A unit's stations changed: what it owes of presence, of the night and in each shift is checked another way."""
    manned = _manned([unit.pk]).get(unit.pk)
    follows = (
        Q(obligation__measure__in=[Measure.PRESENT, Measure.NIGHTLY])
        | Q(obligation__period="shift")
        | Q(obligation__per__in=rules.EACH_SHIFT)
    )
    rows = Binding.objects.filter(follows, unit=unit).select_related("obligation__plan", "calendar")
    changed = False
    for old in rows.order_by("pk"):
        o = old.obligation
        new = _binding(
            o,
            unit,
            o.measure,
            old.calendar,
            old.starts,
            old.ends,
            o.plan.text[o.start : o.end],
            manned,
        )
        values = {name: getattr(new, name) for name in CHECKED}
        if any(getattr(old, name) != value for name, value in values.items()):
            Binding.objects.filter(pk=old.pk).update(**values)
            changed = True
    if changed:
        yield_to_stricter([unit.pk])
        evidence.owed_changed(unit)


def _rebind(changed: Sequence[Unit], by: Viewer, at: datetime) -> None:
    """Units are new, or became something else: every adopted plan above them binds anew."""
    for plan in queries.adopted():
        if any(u.path.startswith(plan.unit.path) for u in changed):
            bind(plan)
            evidence.owed_changed(plan.unit)


units_services.FOLLOWERS["plans"] = _rebind


def _bound(o: Obligation, owner: Unit, below: Sequence[Unit]) -> list[tuple[Unit, str]]:
    campuses = [u for u in below if u.is_campus and rules.applies(o.applies_to, u)]
    if o.measure == Measure.SHARE:
        # The share is the owner's; each campus owes its own part of it.
        parts = [(u, str(Measure.LEVEL)) for u in campuses if u.pk != owner.pk]
        return [(owner, str(Measure.SHARE)), *parts]
    kinds = rules.bound_kinds(o.holder, o.activity)
    bound = [u for u in below if u.kind in kinds and (not u.is_campus or u in campuses)]
    if not bound and not (set(kinds) & set(rules.CAMPUSES) and not owner.is_campus):
        bound = [owner]
    return [(u, o.measure) for u in bound]


def _binding(
    o: Obligation,
    unit: Unit,
    measure: str,
    calendar: Unit,
    starts: date,
    ends: date,
    words: str,
    manned: rules.Manned | None,
) -> Binding:
    check, post, night = rules.nights(
        rules.check(_AsRead(_as_read(o))), o.holder, words or o.action, manned
    )
    if check.measure == Measure.DECLARED or measure in {Measure.PRESENT, Measure.NIGHTLY}:
        measure = check.measure
    if o.due_on and check.measure == "by":
        found = rules.due_dates(o.due, starts, ends)
        starts, ends = found if found else (starts, ends)
    activity = activities.get(o.activity)
    needed, cap = rules.needed(
        check,
        o.per,
        o.period,
        unit,
        manned.rounds if manned and activity.family == "patrol" else None,
    )
    if measure == Measure.LEVEL and check.measure == "share":
        needed = Decimal(1)
    return Binding(
        unit=unit, obligation=o, calendar=calendar, activity=o.activity, trigger=activity.answers or "", measure=measure,
        comparator=check.comparator if check.comparator in {">=", "<="} else ">=",
        window=check.window, needed=needed, cap=cap,
        minutes=int(check.needed) if check.measure in {"every", "within", "nightly"} and check.needed else None,
        post=post, from_minute=night[0] if night else None, to_minute=night[1] if night else None,
        applies_to=o.applies_to, starts=starts, ends=ends, opens_at=midnight(starts), closes_at=midnight(ends),
    )  # fmt: skip


@transaction.atomic
def yield_to_stricter(unit_ids: Sequence[int]) -> None:
    """Where two adopted plans ask a unit the same thing, let the laxer yield; both stay."""
    rows = list(
        Binding.objects.filter(unit_id__in=unit_ids, measure__in=["count", "every", "level"])
        .select_related("obligation__plan")
        .order_by("pk")
    )
    by_unit: dict[int, list[Binding]] = {}
    for row in rows:
        by_unit.setdefault(row.unit_id, []).append(row)
    changed = []
    for group in by_unit.values():
        demands = [
            rules.Demand(
                b.obligation_id,
                b.obligation.plan_id,
                b.activity,
                b.measure,
                b.window,
                b.needed,
                rules.key_words(b.obligation.action, b.activity),
                b.starts,
                b.ends,
            )
            for b in group
            if b.obligation.plan.status == PlanStatus.ADOPTED
        ]
        ended = {b.obligation_id for b in group if b.obligation.plan.status == PlanStatus.RETIRED}
        yields = rules.stricter(demands)
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
    """After terms or exceptions of a unit changed: point what is owed below to its calendar, and have windows follow."""
    below = list(units.below(unit))
    calendars = units.calendars_of(below)
    for calendar_id in {c.pk for c in calendars.values()}:
        ids = [pk for pk, c in calendars.items() if c.pk == calendar_id]
        Binding.objects.filter(unit_id__in=ids).exclude(calendar_id=calendar_id).update(
            calendar_id=calendar_id
        )
    audit.record(what, by=by, at=at, unit_id=unit.pk, subject=unit.name, **data)
    evidence.owed_changed(unit)
