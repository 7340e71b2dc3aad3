"""Hazards are made from the records that say one was found, and follow what becomes of those."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from anyuan.kernel import live
from anyuan.record.evidence.models import Fact

from ..models import Deed, Hazard, HazardState, HazardStep, Source

FOUND, RECTIFIED = "hazard.found", "hazard.rectify"
AT_ONCE = 2000  # records of one look; what is left comes with the next; our own bound


@transaction.atomic
def follow(after: int) -> int:
    """Make the hazards of new records; let those go whose record was withdrawn, and those that a
    record alone says to be rectified. Only records with a larger id are looked at.

    Returns how many hazards changed.
    """
    changed = _make(after) + _follow_corrections(after) + _close_answered(after)
    if changed:
        live.notify("verdicts", units=[])
    return changed


def _newest(activity: str, after: int) -> QuerySet[Fact]:
    """The records of an activity that nothing corrects."""
    corrected = Fact.objects.filter(corrects=OuterRef("pk"))
    return Fact.objects.filter(activity=activity, pk__gt=after).exclude(Exists(corrected))


def _make(after: int) -> int:
    known = Hazard.objects.filter(fact_id=OuterRef("pk"))
    new = (
        Fact.objects.filter(activity=FOUND, root_id=None, withdrawn=False, pk__gt=after)
        .exclude(Exists(known))
        .order_by("pk")[:AT_ONCE]
    )
    made = [
        Hazard(
            unit_id=fact.unit_id,
            fact=fact,
            newest=fact,
            found_at=fact.occurred_at,
            moved_at=fact.recorded_at,
        )
        for fact in new
    ]
    return len(Hazard.objects.bulk_create(made, ignore_conflicts=True))


def _follow_corrections(after: int) -> int:
    newest = _newest(FOUND, after).filter(root_id__isnull=False).order_by("pk")[:AT_ONCE]
    by_root = {f.root_id: f for f in newest if f.root_id}
    changed = 0
    for hazard in Hazard.objects.filter(fact_id__in=list(by_root)).order_by("pk"):
        fact = by_root[hazard.fact_id]
        if hazard.newest_id != fact.pk:
            changed += _follow(hazard, fact)
    return changed


def _follow(hazard: Hazard, fact: Fact) -> int:
    """A hazard follows the newest version of its record. One that is withdrawn takes along only
    what nobody is fixing: what was assigned, and what was found from above, stays until it is
    verified, whoever withdraws a record.
    """
    is_ours = hazard.source != Source.ABOVE
    gone = fact.withdrawn and hazard.state == HazardState.FOUND and is_ours
    rows = Hazard.objects.filter(pk=hazard.pk, newest_id=hazard.newest_id, state=hazard.state)
    state = HazardState.WITHDRAWN if gone else hazard.state
    moved = rows.update(newest=fact, found_at=fact.occurred_at, state=state)
    if moved and gone:
        HazardStep.objects.create(
            unit_id=hazard.unit_id,
            hazard=hazard,
            at=fact.recorded_at,
            by_id=fact.by_id,
            by_name=fact.by_name,
            what=Deed.WITHDRAWN,
        )
        Hazard.objects.filter(merged_into=hazard, state=HazardState.MERGED).update(
            state=HazardState.FOUND, merged_into=None, moved_at=fact.recorded_at
        )
    return moved


def _close_answered(after: int) -> int:
    """Records of before there were hazards, or of other programs: nobody is to fix it again."""
    answers = _newest(RECTIFIED, after).filter(answers_id__isnull=False, withdrawn=False)
    changed = 0
    for fact in answers.order_by("pk")[:AT_ONCE]:
        assert fact.answers_id is not None  # as asked for
        changed += Hazard.objects.filter(
            fact_id=fact.answers_id, state=HazardState.FOUND, rectified=None
        ).update(state=HazardState.CLOSED, closed_at=fact.occurred_at, rectified=fact)
    return changed


def last_record() -> int:
    """The largest id of a record."""
    newest = Fact.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def of_record(fact_id: int, source: str = Source.STAFF, demanded: date | None = None) -> Hazard:
    """The hazard of a record that was just made, at once instead of within seconds."""
    fact = Fact.objects.get(pk=fact_id)
    hazard, _new = Hazard.objects.get_or_create(
        fact=fact,
        defaults={
            "unit_id": fact.unit_id,
            "newest": fact,
            "found_at": fact.occurred_at,
            "moved_at": fact.recorded_at,
            "source": source,
            "demanded": demanded,
        },
    )
    live.notify("verdicts", units=[fact.unit_id])
    return hazard
