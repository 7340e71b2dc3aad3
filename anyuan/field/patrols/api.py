"""The verbs by which a round is walked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from anyuan.field.presence import forms
from anyuan.kernel.scoping import Viewer
from anyuan.record.evidence.forms import Invalid

from . import forms as patrol_forms
from .services import rounds


def _key(fields: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(fields["round"]))
    except (KeyError, ValueError):
        raise Invalid({"round": _("This is missing or no number.")}) from None


def start(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round (its own id), route, points (those it begins with)."""
    row = rounds.start(
        key=_key(fields),
        route_id=forms.whole(fields, "route"),
        by=by,
        started_at=min(at, now),
        at=now,
        points=patrol_forms.points_of(fields),
    )
    return {"round": row.pk}


def scan(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round, code or checkpoint, seen, note, people, metres; photos with it."""
    row = rounds.scan(
        given=patrol_forms.ScanForm.read(fields),
        key=_key(fields),
        by=by,
        scanned_at=min(at, now),
        at=now,
        command=command,
    )
    return {"scan": row.pk, "doubts": row.doubts, "ended": row.round.ended_at is not None}


def end(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: round."""
    row = rounds.end(key=_key(fields), by=by, ended_at=min(at, now), at=now)
    return {"round": row.pk, "complete": row.complete}
