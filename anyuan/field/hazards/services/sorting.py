"""What was told twice is merged, what is none is dismissed; both stay in sight."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.record.evidence.services import recording

from .. import queries
from ..forms import OPEN
from ..models import Deed, Hazard, HazardState, Source
from . import finding, steps


@transaction.atomic
def merge(*, hazard_id: int, into_id: int, by: Viewer, at: datetime) -> Hazard:
    """Say that one that nobody fixes yet is the same as another open one of the unit, which goes
    on. :raises Refused:
    """
    queries.get(hazard_id), queries.get(into_id)
    # Both, always in the same order: two that merge into each other at once don't wait for ever.
    for pk in sorted({hazard_id, into_id}):
        steps.locked(pk)
    hazard, other = queries.get(hazard_id), queries.get(into_id)
    by.require("hazard.assign", hazard.unit.path)
    if other.unit_id != hazard.unit_id or other.pk == hazard.pk or other.state not in OPEN:
        raise Refused(_("Please choose another open hazard of the same unit."))
    _check_source(hazard, by)
    moved = steps.move(hazard, HazardState.MERGED, at, merged_into=other)
    _carry_day(hazard, other)
    # Those that were merged into it go on with it.
    Hazard.objects.filter(merged_into=hazard).update(merged_into=other)
    steps.add(moved, Deed.MERGED, by, at, words=f"并入第{other.pk}条")
    steps.add(other, Deed.MERGED, by, at, words=f"并入了第{hazard.pk}条")
    steps.note("hazard.merged", moved, by, at)
    return moved


def _carry_day(hazard: Hazard, other: Hazard) -> None:
    """A day that was demanded for one from above holds for the one that it goes on in."""
    if hazard.demanded is None:
        return
    demanded = min(hazard.demanded, other.demanded or hazard.demanded)
    deadline = min(other.deadline, demanded) if other.deadline else None
    Hazard.objects.filter(pk=other.pk).update(demanded=demanded, deadline=deadline)


def _check_source(hazard: Hazard, by: Viewer) -> None:
    """:raises Refused: what was found from above is put away by the school itself."""
    if hazard.source == Source.ABOVE and not queries.is_above(by, hazard.unit, "hazard.assign"):
        raise Refused(_("What was found from above is fixed, or put away by those above."))


@transaction.atomic
def dismiss(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Say, with a reason, that what was told is no hazard; its record is withdrawn and stays.

    :raises Refused: it is being fixed or is closed.
    """
    hazard = steps.locked(hazard_id)
    by.require("hazard.assign", hazard.unit.path)
    if hazard.state != HazardState.FOUND:
        raise Refused(_("Only what nobody is fixing yet can be said to be none."))
    if hazard.fact.by_id is not None and hazard.fact.by_id == by.person_id:
        raise Refused(_("Whoever told of it does not dismiss it. Please withdraw the record."))
    _check_source(hazard, by)
    if hazard.merged.exists():
        raise Refused(_("Others told of the same. What several saw is fixed, not dismissed."))
    moved = steps.move(hazard, HazardState.WITHDRAWN, at)
    newest = recording.correct(
        fact=hazard.newest,
        change=recording.NewFact(
            activity=finding.FOUND, occurred_at=hazard.newest.occurred_at, withdrawn=True
        ),
        by=Viewer(by.person_id, by.name, system=True),
        at=at,
        reason=f"核实不成立：{words}",
    )
    Hazard.objects.filter(pk=moved.pk).update(newest=newest)
    steps.add(moved, Deed.DISMISSED, by, at, words=words)
    steps.note("hazard.dismissed", moved, by, at)
    return queries.get(hazard_id)
