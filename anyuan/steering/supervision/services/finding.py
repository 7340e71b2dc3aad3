"""What is wrong at a school becomes its hazard, whoever from above saw it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from anyuan.field.hazards.models import Hazard, Source
from anyuan.field.hazards.services import finding
from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import How
from anyuan.record.evidence.services import recording

from ..forms import Problem


def hazards(
    school: Unit,
    problems: Sequence[Problem],
    by: Viewer,
    seen_at: datetime,
    at: datetime,
    until: date | None = None,
) -> list[Hazard]:
    """A hazard for each problem, told by whoever saw it; `until`: the last day that they allow."""
    found = []
    for problem in problems:
        fact = recording.record(
            unit=school,
            fact=recording.NewFact(
                activity=finding.FOUND,
                occurred_at=seen_at,
                how=How.TYPED,
                payload={"place": problem.place, "subject": problem.subject},
            ),
            by=by,
            at=at,
        )
        found.append(finding.of_record(fact.pk, Source.ABOVE, until))
    return found
