"""A draft is reviewed duty by duty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.reading import rules as reading
from anyuan.obligations.reading.holders import UNSAID

from ..models import Measure, Obligation, Plan, Review
from ..rules import reviewing
from . import corrections
from .drafts import Stale, _open, apply_check, draft
from .reading import duty_columns


# -- review -------------------------------------------------------------------
@transaction.atomic
def review(
    *, obligation_id: int, version: int, verdict: str, by: Viewer, at: datetime
) -> Obligation:
    """Accept, drop or reopen one proposed obligation. :raises Stale: it changed since `version`."""
    if verdict not in Review.values:
        raise Refused(_("Unknown decision."))
    obligation = _open(obligation_id, by)
    if verdict == Review.ACCEPTED and reviewing.is_unnamed(obligation):
        raise Refused(_("Nobody is named who must do this. Please edit it and say who."))
    reopened = verdict == Review.PROPOSED
    return _save(
        obligation,
        version,
        {
            "review": verdict,
            "reviewed_by": "" if reopened else by.name,
            "reviewed_at": None if reopened else at,
        },
    )


@transaction.atomic
def edit(
    *, obligation_id: int, version: int, changes: Mapping[str, Any], by: Viewer, at: datetime
) -> Obligation:
    """Change what was read; an edited obligation is accepted. :raises Stale, Refused:"""
    obligation = _open(obligation_id, by)
    corrections.remember(obligation, changes, at)
    values = dict(changes)
    if UNSAID in str(values.get("holder", obligation.holder)).split("/"):
        raise Refused(_("Please say who must do this."))
    apply_check({**as_read(obligation), **values}, values)
    return _save(
        obligation,
        version,
        {
            **values,
            "doubts": [],
            "edited": True,
            "review": Review.ACCEPTED,
            "reviewed_by": by.name,
            "reviewed_at": at,
        },
    )


@transaction.atomic
def correct_alike(
    *, plan_id: int, ids: Sequence[int], field: str, before: str, after: str, by: Viewer
) -> int:
    """Change one thing of several duties as it was changed of one; they stay to be accepted.
    Returns how many; those that somebody has changed or decided meanwhile are left alone.
    """
    plan = draft(plan_id, by)
    if field not in reviewing.SHARED or UNSAID in after.split("/") or not after:
        raise Refused(_("This cannot be changed for several duties at once."))
    alike = plan.obligations.filter(pk__in=ids, review=Review.PROPOSED, **{field: before})
    changed = 0
    for duty in alike.order_by("pk"):
        values: dict[str, Any] = {field: after[:60]}
        apply_check({**as_read(duty), **values}, values)
        doubts = [d for d in duty.doubts if not (field == "holder" and d == "holder")]
        _save(duty, duty.version, {**values, "doubts": doubts, "edited": True})
        changed += 1
    return changed


@transaction.atomic
def merge(*, obligation_id: int, other_id: int, by: Viewer, at: datetime) -> Obligation:
    """Make one duty of two that the text says together: the first keeps its measure and covers the
    words of both, the second is dropped.
    """
    one, other = _open(obligation_id, by), _open(other_id, by)
    if one.plan_id != other.plan_id or one.pk == other.pk:
        raise Refused(_("Only two duties of the same plan can be made one."))
    if Review.DROPPED in (one.review, other.review):
        raise Refused(_("One of the two was dropped. Please open it again first."))
    both = one.action if other.action in one.action else f"{one.action}；{other.action}"
    _save(
        other,
        other.version,
        {"review": Review.DROPPED, "reviewed_by": by.name, "reviewed_at": at},
    )
    return _save(
        one,
        one.version,
        {
            "start": min(one.start, other.start),
            "end": max(one.end, other.end),
            "action": both[:120],
            "doubts": list(dict.fromkeys([*one.doubts, *other.doubts])),
            "edited": True,
            "review": Review.PROPOSED,
            "reviewed_by": "",
            "reviewed_at": None,
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
    plan = draft(plan_id, by)
    if not 0 <= start < end <= len(plan.text) or end - start > 2000:
        raise Refused(_("Please select the words of the duty in the document."))
    words = plan.text[start:end]
    # The reader takes a first line for a title, so the words get one.
    found = [o for p in reading.read(plan.source_name, f"方案\n{words}") for o in p.obligations]
    order = plan.obligations.count() + 1
    if found:
        columns = {**duty_columns(found[0]), "start": start, "end": end}
    else:
        columns = {
            "section": "",
            "start": start,
            "end": end,
            "holder": UNSAID,
            "action": words.strip()[:120],
            "activity": "other",
            "measure": Measure.DECLARED,
            "comparator": "exists",
            "period": "continuous",
            "kind": "standing",
        }
    columns["rule"] = "added by hand"
    settle(plan_id=plan_id, start=start, end=end, by=by)
    return Obligation.objects.create(plan=plan, unit=plan.unit, order=order, edited=True, **columns)


@transaction.atomic
def accept_rest(*, plan_id: int, show: str = "all", by: Viewer, at: datetime) -> tuple[int, int]:
    """Accept what a filter shows and is still proposed, but for what is doubtful or names nobody.
    Returns (how many, how many stay to be looked at one by one).
    """
    plan = draft(plan_id, by)
    wanted = reviewing.shown(plan.obligations.all(), show)
    open_ = [d for d in wanted if d.review == Review.PROPOSED]
    taken = [d.pk for d in open_ if reviewing.takes_along(d)]
    plan.obligations.filter(pk__in=taken, review=Review.PROPOSED).update(
        review=Review.ACCEPTED, reviewed_by=by.name, reviewed_at=at, version=F("version") + 1
    )
    return len(taken), len(open_) - len(taken)


@transaction.atomic
def reopen_together(*, plan_id: int, moment: datetime, by: Viewer) -> int:
    """Undo accepting together: what was accepted at one moment by oneself is open again."""
    plan = draft(plan_id, by)
    return plan.obligations.filter(
        review=Review.ACCEPTED, reviewed_at=moment, reviewed_by=by.name, edited=False
    ).update(review=Review.PROPOSED, reviewed_by="", reviewed_at=None, version=F("version") + 1)


@transaction.atomic
def settle(*, plan_id: int, start: int, end: int, by: Viewer) -> int:
    """Take words off the list of those not understood: they ask for nothing. Returns how many
    stay.
    """
    plan = draft(plan_id, by)
    left = [entry for entry in plan.unread if (entry[0], entry[1]) != (start, end)]
    Plan.objects.filter(pk=plan.pk).update(unread=left)
    return len(left)


def _save(obligation: Obligation, version: int, values: dict[str, Any]) -> Obligation:
    changed = Obligation.objects.filter(pk=obligation.pk, version=version).update(
        **values, version=version + 1
    )
    if not changed:
        raise Stale(
            _(
                "Somebody else changed this duty meanwhile. Nothing was overwritten; please look at"
                " the newest version."
            )
        )
    obligation.refresh_from_db()
    return obligation


def as_read(o: Obligation) -> dict[str, Any]:
    return {
        "activity": o.activity,
        "comparator": o.comparator,
        "quantity": o.quantity,
        "measure_unit": o.measure_unit,
        "period": o.period,
        "due": o.due,
        "action": o.action,
    }
