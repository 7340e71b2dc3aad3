"""The verbs by which somebody comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from anyuan.kernel import commands
from anyuan.kernel.scoping import Viewer

from . import forms, services


@commands.verb("shift.sign_in", "fact.record")
def sign_in(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: shift, code, metres, device."""
    row = services.sign_in(
        shift_id=forms.whole(fields, "shift"), code=forms.text(fields, "code", 300), metres=forms.metres(fields), device=forms.text(fields, "device", 36),
        skew=timedelta(seconds=float(fields.get("skew", 0))), command=command, by=by, came_at=at, at=now,
    )  # fmt: skip
    return {"presence": row.pk, "doubts": row.doubts, "fact": row.fact_id}


@commands.verb("shift.leave", "fact.record")
def leave(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: shift, handover."""
    row = services.go(
        shift_id=forms.whole(fields, "shift"),
        handover=forms.text(fields, "handover", 500),
        by=by,
        left_at=at,
    )
    return {"presence": row.pk}
