"""Reads the fields of an activity from a page or a phone; the same reader for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.clock import LOCAL
from anyuan.kernel.commands import Refused
from anyuan.kernel.text import says_something
from anyuan.record.activities.rules import Activity, Field, catalogue

from .models import How


@dataclass(frozen=True)
class LedgerForm:
    """What the ledger is narrowed to; days are both inside. Empty: not narrowed."""

    activity: str = ""
    first: date | None = None
    last: date | None = None
    person: str = ""
    how: str = ""
    words: str = ""  # in what was said, the place, the theme, the slot

    @classmethod
    def read(cls, data: Mapping[str, str]) -> LedgerForm:
        """:raises Refused: a day that is none, or a first day after the last."""
        first = fields.day_or_none(data, "first", _("from"))
        last = fields.day_or_none(data, "last", _("until"))
        if first and last and first > last:
            raise Refused(_("The first day lies after the last. Please exchange them."))
        activity, how = data.get("activity", ""), data.get("how", "")
        return cls(
            activity if activity in catalogue() else "",
            first,
            last,
            fields.words(data, "person", _("By"), 40),
            how if how in How.values else "",
            fields.words(data, "words", _("Words"), 40),
        )

    @property
    def asked(self) -> dict[str, str]:
        """What was chosen, by the names of the address."""
        chosen = {
            "activity": self.activity,
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
            "person": self.person,
            "how": self.how,
            "words": self.words,
        }
        return {name: value for name, value in chosen.items() if value}

    @property
    def address(self) -> str:
        """What was chosen, as an address says it."""
        return urlencode(self.asked)


EVERYTHING = LedgerForm()


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
        if raw is not None and not isinstance(raw, (str, int, float, Decimal)):
            errors[field.name] = _("Please write this as words or a number.")
            continue
        text = str(raw if raw is not None else "").strip()
        if not says_something(text):
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
