"""The verbs by which a hazard is told of and fixed, from a page or a phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from anyuan.kernel.http import number
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.record.evidence.api import verbs
from anyuan.record.evidence.forms import Invalid

from .forms import FixForm
from .services import finding, rectifying, steps


def report(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: unit, place, subject, result, occurred_at; photos with it."""
    steps.pictures(list(fields.get("uploads", ())), steps.MOST_PHOTOS)
    sent = {**fields, "activity": finding.FOUND}
    done = verbs.record(sent, by=by, at=at, now=now, command=command)
    return {**done, "hazard": finding.of_record(done["fact"]).pk}


def fix(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: hazard, result, cost, contractor; photos with it."""
    told = {name: str(fields.get(name) or "") for name in ("result", "cost", "contractor")}
    done = rectifying.fix(
        hazard_id=_hazard(fields),
        given=FixForm.read(told),
        by=by,
        at=now,
        fixed_at=at,
        uploads=list(fields.get("uploads", ())),
    )
    return {"hazard": done.pk, "state": done.state}


def _hazard(fields: Mapping[str, Any]) -> int:
    """:raises Invalid: no id."""
    try:
        return number(str(fields.get("hazard", "")))
    except Invisible:
        raise Invalid({"hazard": _("This is missing or no number.")}) from None
