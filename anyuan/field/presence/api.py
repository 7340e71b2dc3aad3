"""The verbs by which somebody comes and goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from anyuan.kernel.scoping import Viewer

from . import forms, services


def sign_in(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: shift, code, metres, device."""
    row = services.sign_in(
        given=forms.SignInForm.read(fields), command=command, by=by, came_at=at, at=now
    )
    return {"presence": row.pk, "doubts": row.doubts, "fact": row.fact_id}


def leave(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: shift, handover."""
    row = services.leave(
        shift_id=forms.whole(fields, "shift"),
        handover=forms.text(fields, "handover", 500),
        by=by,
        left_at=at,
    )
    return {"presence": row.pk}
