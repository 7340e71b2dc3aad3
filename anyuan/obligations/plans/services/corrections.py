"""What an office corrected once is offered again for its next plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from ..models import Correction, Obligation
from ..rules import reviewing

MOST = 300  # corrections of one unit; the oldest go


def remember(obligation: Obligation, changes: Mapping[str, Any], at: datetime) -> None:
    """Keep what is changed of a duty as it was read; a second time counts up, another way wins."""
    if obligation.edited:
        return
    for field in reviewing.SHARED:
        before, after = str(getattr(obligation, field)), str(changes.get(field, ""))
        if not after or before == after:
            continue
        kept, new = Correction.objects.get_or_create(
            unit_id=obligation.unit_id,
            field=field,
            cue=obligation.activity,
            before=before,
            defaults={"after": after, "at": at},
        )
        if not new:
            again = kept.after == after
            Correction.objects.filter(pk=kept.pk).update(
                after=after, at=at, times=F("times") + 1 if again else 1
            )
    old = Correction.objects.filter(unit_id=obligation.unit_id).order_by("-at")[MOST:]
    Correction.objects.filter(pk__in=[c.pk for c in old]).delete()
