"""Reads the fields of an activity from a page or a phone; the same reader for both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from anyuan.kernel.clock import LOCAL
from anyuan.record.activities.rules import Activity, Field


class Invalid(ValueError):
    """Fields that cannot be taken: `errors` maps a field's name to what is wrong and what to do."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def parse_fields(
    activity: Activity, data: Mapping[str, Any], *, has_photo: bool, has_file: bool
) -> dict[str, Any]:
    """Return the payload of one occurrence. :raises Invalid: naming every field."""
    out: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in activity.fields:
        if field.type in {"photo", "file"}:
            if field.required and not (has_photo if field.type == "photo" else has_file):
                errors[field.name] = _("Add a photo or file here.")
            continue
        raw = data.get(field.name)
        if field.type == "bool":
            out[field.name] = str(raw).lower() in {"on", "true", "1", "yes"}
            continue
        text = str(raw if raw is not None else "").strip()
        if not text:
            if field.required:
                errors[field.name] = _("Please fill in this field.")
            continue
        try:
            out[field.name] = _value(field, text)
        except ValueError as error:
            errors[field.name] = str(error)
    if errors:
        raise Invalid(errors)
    return out


def _value(field: Field, text: str) -> Any:
    if field.type in {"int", "number"}:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(_("Please enter a number.")) from None
        if not number.is_finite():
            raise ValueError(_("Please enter a number."))
        if (field.min is not None and number < Decimal(str(field.min))) or (
            field.max is not None and number > Decimal(str(field.max))
        ):
            raise ValueError(
                _("Please enter a number from %(min)g to %(max)g.")
                % {
                    "min": field.min or 0,
                    "max": field.max or 0,
                }
            )
        # Only now, within bounds: int() of 1e3000000 would take minutes.
        if field.type == "int" and number != int(number):
            raise ValueError(_("Please enter a whole number."))
        return int(number) if field.type == "int" else float(number)
    if field.max and len(text) > field.max:
        raise ValueError(_("Please use at most %(max)d characters.") % {"max": int(field.max)})
    return text


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a time as a device sends it; a time without zone is local. :raises Invalid:"""
    if not text:
        return now
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year <= 2100:
        raise Invalid(
            {"occurred_at": _("This is not a time. Please use the form 2026-05-20 08:30.")}
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
