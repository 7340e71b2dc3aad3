"""A document becomes a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import progress
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans.rules import checking
from anyuan.obligations.reading import document
from anyuan.obligations.reading import rules as reading
from anyuan.obligations.reading.errors import ReadingError
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence.services.files import Upload

from .. import queries
from ..models import Obligation, Phase, Plan, PlanStatus
from . import pages
from .drafts import apply_check, draft

MOST_DUTIES = 500  # of one plan; our own bound, several times the longest real one
MAX_PLANS = 20
MOST_FILES = 30  # of one upload; the photos of the pages of a long plan
MOST_BYTES = 40 * 1024 * 1024  # of one upload, in all


CERTAINTY = {
    "P": "法规原文",
    "2": "两个来源一致",
    "2*": "官方通稿",
    "1": "一个来源",
    "M": "未核实",
}


@transaction.atomic
def upload(
    *,
    unit: Unit,
    files: Sequence[Upload],
    by: Viewer,
    at: datetime,
    said: progress.Said = progress.silent,
) -> list[Plan]:
    """Read files that belong together, a plan and its annexes or the photos of its pages, and keep
    every plan in them as a draft of the unit.

    :raises Refused: with the place and the remedy.
    """
    by.require("plan.review", unit.path)
    if len(files) > MOST_FILES or sum(len(f.data) for f in files) > MOST_BYTES:
        raise Refused(
            _("Please upload at most %(n)d files of %(mb)d MB together.")
            % {"n": MOST_FILES, "mb": MOST_BYTES >> 20}
        )
    try:
        read = document.together([document.from_bytes(f.name, f.data, said) for f in files])
    except ReadingError as error:
        raise Refused(str(error)) from error
    found = reading.read(read.name, read.text)
    _refuse_too_many(read.name, found)
    plans = [
        _keep(unit, read, plan, by, at)
        for plan in found
        if plan.text.strip() and len(plan.text.strip()) > 40
    ]
    if not plans:
        raise Refused(_("%(name)s holds no plan: there is too little text.") % {"name": read.name})
    for plan in plans:
        audit.record(
            "plan.uploaded", by=by, at=at, unit_id=unit.pk, subject=plan.title, plan=plan.pk
        )
    return plans


def _refuse_too_many(name: str, found: Sequence[reading.Plan]) -> None:
    if len(found) > MAX_PLANS:
        raise Refused(
            _("%(n)d plans in one file are too many. Please upload at most %(max)d.")
            % {"n": len(found), "max": MAX_PLANS}
        )
    if any(len(plan.obligations) > MOST_DUTIES for plan in found):
        raise Refused(
            _(
                "%(name)s reads as more than %(max)d duties, which is no plan that people could"
                " review. Please upload the plan alone, without its annexes."
            )
            % {"name": name, "max": MOST_DUTIES}
        )


def _keep(
    unit: Unit, read: document.Document, found: reading.Plan, by: Viewer, at: datetime
) -> Plan:
    unsure = pages.within(read.unsure, found.offset, len(found.text))
    plan = Plan.objects.create(
        unit=unit,
        title=found.title[:120] or read.name,
        text=found.text,
        source_name=f"{read.name}"[:120],
        structure=found.as_structure(),
        unread=[[u.start, u.end, _unread_words(u)] for u in found.unread],
        unsure=unsure,
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
            raw={"start": p.start, "end": p.end, "span": list(found.source.span(p.at, p.until))},
            order=i,
        )
        for i, p in enumerate(found.phases)
    )
    seen = pages.keep(plan, read.pictures, found.offset)
    Obligation.objects.bulk_create(
        Obligation(plan=plan, unit=unit, order=i, **pages.doubted(duty_columns(o), seen, unsure))
        for i, o in enumerate(found.obligations)
    )
    return plan


def _unread_words(unread: reading.Unread) -> str:
    """The words that were not understood, then the sentence in which they stand."""
    numbers = "、".join(unread.numbers)
    return f"{numbers} — {unread.text}"[:200] if numbers else unread.text[:200]


def duty_columns(o: reading.Obligation) -> dict[str, Any]:
    check = checking.check(o)
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
        "doubts": list(o.doubts),
    }


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


@transaction.atomic
def offer_standards(*, unit: Unit, ids: Sequence[str], by: Viewer, at: datetime) -> Plan:
    """Put the chosen duties of laws and standards before a unit as a draft, to be reviewed and
    adopted like any plan.
    """
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
        "holder": s.holder,
        "action": s.text[:120],
        "activity": s.activity,
        "comparator": s.comparator,
        "quantity": s.quantity,
        "measure_unit": s.unit or "",
        "period": s.period,
        "per": s.per,
        "due": s.due,
        "applies_to": s.applies_to,
    }
    apply_check(values, values)
    return values


@transaction.atomic
def replace(*, plan_id: int, old_id: int | None, by: Viewer) -> None:
    """Say which adopted plan of the same unit a draft is the new version of; none takes it back."""
    plan = draft(plan_id, by)
    if old_id is not None:
        old = queries.get(old_id)
        if old.unit_id != plan.unit_id or old.status != PlanStatus.ADOPTED:
            raise Refused(_("Only an adopted plan of the same unit can be replaced."))
    Plan.objects.filter(pk=plan.pk).update(replaces=old_id)
