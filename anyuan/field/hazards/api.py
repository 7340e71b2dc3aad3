"""The verbs by which a hazard is told of and fixed, from a page or a phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.http import number
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.record.evidence.api import verbs
from anyuan.record.evidence.forms import Invalid
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload

from . import forms
from .forms import FixForm
from .queries import checklists
from .services import finding, inspecting, rectifying, steps


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
        hazard_id=_id(fields, "hazard"),
        given=FixForm.read(told),
        by=by,
        at=now,
        fixed_at=at,
        uploads=list(fields.get("uploads", ())),
    )
    return {"hazard": done.pk, "state": done.state}


def walk(
    fields: Mapping[str, Any], *, by: Viewer, at: datetime, now: datetime, command: UUID
) -> dict[str, Any]:
    """Fields: inspection (its own id), unit, list, version, place, whole, a0 … and n0 … of each
    item, of (the item of each photo); photos with it.
    """
    unit = recording.unit_for(_id(fields, "unit"))
    try:
        listed = checklists.get(unit, str(fields.get("list", "")))
    except Invisible:
        raise Refused(_("This list is out of use. Please choose another.")) from None
    version = _id(fields, "version")
    items = checklists.items_of(listed, version) or listed.items
    done = inspecting.walk(
        key=_key(fields),
        unit=unit,
        given=inspecting.Walk(
            listed=listed,
            version=version,
            place=forms.place(fields),
            answers=forms.answers(fields, len(items)),
            whole=fields.get("whole") is True,
            photos=_of_items(fields),
        ),
        by=by,
        done_at=min(at, now),
        at=now,
    )
    return {"inspection": done.pk}


def _key(fields: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(fields["inspection"]))
    except (KeyError, ValueError):
        raise Invalid({"inspection": _("This is missing or no number.")}) from None


def _of_items(fields: Mapping[str, Any]) -> dict[int, list[Upload]]:
    """The photos of each item. :raises Refused: photos that belong to none."""
    uploads, of = list(fields.get("uploads", ())), fields.get("of") or []
    if not isinstance(of, list) or len(of) != len(uploads):
        raise Refused(_("The photos do not fit the items. Please go through the list once more."))
    found: dict[int, list[Upload]] = {}
    for item, upload in zip(of, uploads, strict=True):
        if isinstance(item, int):
            found.setdefault(item, []).append(upload)
    return found


def _id(fields: Mapping[str, Any], name: str) -> int:
    """:raises Invalid: no id."""
    try:
        return number(str(fields.get(name, "")))
    except Invisible:
        raise Invalid({name: _("This is missing or no number.")}) from None
