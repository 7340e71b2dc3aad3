"""The verbs that record evidence and correct it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import manifest
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.record.activities import rules as activities

from .. import queries
from ..forms import Invalid, parse_fields, parse_moment
from ..services import recording


def record(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: unit, activity, occurred_at, obligation, answers, those of the activity, uploads."""
    _refuse_what_acts_record(str(fields.get("activity", "")))
    unit = recording.unit_for(_id(fields, "unit"))
    uploads = list(fields.get("uploads", ()))
    new = _fact(fields, at=at, now=now, command=command, uploads=bool(uploads))
    if ahead := round(float(fields.get("skew", 0)) / 60):
        new = replace(new, payload={**new.payload, "clock_ahead": ahead})
    if new.obligation_id is not None and not manifest.holds(
        "obligation", unit.pk, new.obligation_id
    ):
        raise Refused(_("This duty is not one of this unit, so nothing was recorded."))
    row = recording.record(unit=unit, fact=new, by=by, at=now, uploads=uploads)
    return {"fact": row.pk, "seq": row.seq, "late": row.late}


def correct(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: fact, reason, withdrawn, and the fields of the new version."""
    try:
        old = queries.get(_id(fields, "fact"))
    except Invisible:
        raise Refused(_("This record is not one of yours.")) from None
    _refuse_what_acts_record(old.activity)
    reason = str(fields.get("reason", "")).strip()
    if not reason:
        raise Invalid({"reason": _("Please say why it is corrected.")})
    withdrawn = str(fields.get("withdrawn", "")).lower() in {"on", "true", "1"}
    if withdrawn:
        new = recording.NewFact(
            activity=old.activity,
            occurred_at=old.occurred_at,
            quantity=Decimal(0),
            slot=old.slot,
            withdrawn=True,
            obligation_id=old.obligation_id,
            answers_id=old.answers_id,
            command=command,
        )
    else:
        merged = {
            **fields,
            "activity": old.activity,
            "obligation": old.obligation_id or "",
            "answers": old.answers_id or "",
        }
        new = _fact(merged, at=old.occurred_at, now=now, command=command, uploads=bool(old.files))
    row = recording.correct(fact=old, change=new, by=by, at=now, reason=reason)
    return {"fact": row.pk, "seq": row.seq}


def _refuse_what_acts_record(code: str) -> None:
    """:raises Refused: an activity that only an act of its app records."""
    if page := manifest.own_activities().get(code):
        raise Refused(
            _("This is recorded by the program itself when the work is done: open %(page)s.")
            % {"page": reverse(page)}
        )


def _fact(
    fields: Mapping[str, Any], *, at: datetime, now: datetime, command: UUID, uploads: bool
) -> recording.NewFact:
    try:
        activity = activities.get(str(fields.get("activity", "")))
    except activities.UnknownActivity:
        raise Refused(
            _("“%(code)s” is not in the catalogue of activities.")
            % {"code": fields.get("activity")}
        ) from None
    payload = parse_fields(activity, fields, has_photo=uploads, has_file=uploads)
    occurred = parse_moment(str(fields.get("occurred_at") or ""), at)
    return recording.NewFact(
        activity=activity.code,
        occurred_at=occurred,
        quantity=_quantity(payload),
        slot=activities.slot_of(activity, payload),
        how="photographed" if uploads else "typed",
        payload=payload,
        obligation_id=_id(fields, "obligation") if fields.get("obligation") else None,
        answers_id=_id(fields, "answers") if fields.get("answers") else None,
        command=command,
    )


def _quantity(payload: Mapping[str, Any]) -> Decimal:
    for name in ("quantity", "rate"):
        if name in payload:
            return Decimal(str(payload[name]))
    return Decimal(1) if payload.get("holds", True) else Decimal(0)


def _id(fields: Mapping[str, Any], name: str) -> int:
    try:
        value = int(fields[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Invalid({name: _("This is missing or no number.")}) from None
    if not 0 < value < 2**63:
        raise Invalid({name: _("This is missing or no number.")})
    return value
