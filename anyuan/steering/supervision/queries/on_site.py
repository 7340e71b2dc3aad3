"""What stands beside a visit while one is at the school: what is recorded there already, and some
closed hazards to look at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anyuan.field.hazards import queries as hazards
from anyuan.field.hazards.models import Hazard, HazardState, Inspection
from anyuan.field.hazards.queries import checklists
from anyuan.field.hazards.rules import REOPENED_WITHIN
from anyuan.kernel.clock import local_day
from anyuan.org.units.models import Unit

from ..models import Visit
from ..rules import share

SAMPLE, NEWEST = 5, 5  # hazards to look at again, checks that are shown; our own bounds


@dataclass(frozen=True)
class Beside:
    """What nobody needs to ask the school for again."""

    counts: hazards.Counts
    inspections: list[Inspection]
    sample: list[hazards.Row]
    school: Unit


def beside(visit: Visit, now: datetime) -> Beside:
    """The school's own records at this moment. Five queries."""
    today = local_day(now)
    school = Unit.objects.get(pk=visit.school_id)
    return Beside(
        hazards.counts([school.pk], today).get(school.pk, hazards.Counts()),
        list(checklists.newest(school)[:NEWEST]),
        hazards.rows(_sample(visit, now), today),
        school,
    )


def _sample(visit: Visit, now: datetime) -> list[Hazard]:
    """Some of the closed ones that may still be opened again, drawn by the visit itself, so that it
    is the same whoever opens the page.
    """
    closed = Hazard.objects.filter(
        unit=visit.school_id,
        state=HazardState.CLOSED,
        owner__isnull=False,
        closed_at__gte=now - REOPENED_WITHIN,
    )
    seed = visit.draw.seed if visit.draw else ""
    keys = closed.order_by("pk").values_list("pk", flat=True)
    drawn = sorted(keys, key=lambda pk: share(seed, visit.pk, pk))[:SAMPLE]
    rows = Hazard.objects.filter(pk__in=drawn).select_related("unit", "newest", "owner")
    return list(rows.order_by("pk"))
