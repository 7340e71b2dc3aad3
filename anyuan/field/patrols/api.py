"""The verbs by which a round is walked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from anyuan.evidence.forms import Invalid
from anyuan.kernel import commands
from anyuan.kernel.scoping import Viewer
from anyuan.presence import forms

from . import services


def _key(fields: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(fields["round"]))
    except (KeyError, ValueError):
        raise Invalid({"round": _("This is missing or no number.")}) from None


@commands.verb("round.start", "fact.record")
def start(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round (its own id), route, points (those it begins with)."""
    given = fields.get("points")
    points = (
        [p for p in given if isinstance(p, int) and not isinstance(p, bool) and 0 < p < 2**63]
        if isinstance(given, list)
        else []
    )
    row = services.start(
        key=_key(fields),
        route_id=forms.whole(fields, "route"),
        by=by,
        started_at=min(at, now),
        at=now,
        points=points,
    )
    return {"round": row.pk}


@commands.verb("round.scan", "fact.record")
def scan(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round, code or checkpoint, seen, note, people, metres; photos with it."""
    seen = forms.text(fields, "seen", 10) or "fine"
    if seen not in {"fine", "order", "hazard", "stranger"}:
        raise Invalid({"seen": _("Please choose from the list.")})
    people = (
        forms.whole(fields, "people", least=0, most=2000)
        if fields.get("people") not in {None, ""}
        else None
    )
    row = services.scan(
        key=_key(fields), code=forms.text(fields, "code", 300), checkpoint_id=forms.whole(fields, "checkpoint") if fields.get("checkpoint") else None, seen=seen, note=forms.text(fields, "note", 200), people=people,
        metres=forms.metres(fields), skew=timedelta(seconds=float(fields.get("skew", 0))), by=by, scanned_at=min(at, now), at=now, uploads=list(fields.get("uploads", ())), command=command,
    )  # fmt: skip
    return {"scan": row.pk, "doubts": row.doubts, "ended": row.round.ended_at is not None}


@commands.verb("round.end", "fact.record")
def end(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round."""
    row = services.end(key=_key(fields), by=by, ended_at=min(at, now), at=now)
    return {"round": row.pk, "complete": row.complete}
