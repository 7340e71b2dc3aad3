"""Reads edits of duties and the dates of an adoption; parsing only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused

PERIODS = (
    "shift",
    "day",
    "week",
    "month",
    "quarter",
    "term",
    "half_year",
    "year",
    "once",
    "continuous",
    "before_date",
)
COMPARATORS = (">=", "<=", "==", "exists")
SCOPES = (
    "all", "boarding", "urban", "rural", "kindergarten", "primary", "secondary", "primary_secondary", "special", "private",
    "school_bus", "high_risk", "weak_base", "large", "holiday", "other",
)  # fmt: skip
_DUE = re.compile(
    r"^(?:(?:\d{4}-)?\d{2}-\d{2}|issue)(?:~(?:\d{4}-)?\d{2}-\d{2})?$|^@.{1,40}$|^[一-鿿0-9]{1,30}$"
)


def parse_edit(data: Mapping[str, str]) -> dict[str, Any]:
    """:raises Refused: naming the field."""
    if any("\x00" in value for value in data.values()):
        raise Refused(_("The text holds characters that cannot be kept. Please type it again."))
    quantity = data.get("quantity", "").strip()
    try:
        number = Decimal(quantity).quantize(Decimal("0.01")) if quantity else None
    except InvalidOperation:
        raise Refused(_("Quantity: please enter a number.")) from None
    if number is not None and not (number.is_finite() and 0 <= number <= 10**6):
        raise Refused(_("Quantity: please enter a number from 0 to 1,000,000."))
    due = data.get("due", "").strip()
    if due and not _DUE.match(due):
        raise Refused(_("Due: please use 06-30, 2026-06-30, 04-01~05-31, or words."))
    action = data.get("action", "").strip()
    if not action:
        raise Refused(_("Please say what is to be done."))
    return {
        "action": action[:120],
        "holder": data.get("holder", "").strip()[:60] or "学校",
        "activity": data.get("activity", ""),
        "comparator": _one_of(data.get("comparator", ""), COMPARATORS, "exists"),
        "quantity": number,
        "measure_unit": data.get("measure_unit", "").strip()[:12],
        "period": _one_of(data.get("period", ""), PERIODS, "continuous"),
        "per": data.get("per", "").strip()[:40],
        "due": due,
        "applies_to": _one_of(data.get("applies_to", ""), SCOPES, "all"),
    }


def _one_of(value: str, allowed: tuple[str, ...], default: str) -> str:
    return value if value in allowed else default


def parse_date(text: str, name: str) -> date:
    """:raises Refused:"""
    try:
        day = date.fromisoformat(text.strip())
        if not 2000 <= day.year <= 2100:
            raise ValueError
        return day
    except ValueError:
        raise Refused(
            _("%(name)s: please enter a date like 2026-03-01.") % {"name": name}
        ) from None


def parse_number(data: Mapping[str, str], name: str) -> int:
    """:raises Refused:"""
    try:
        return int(data.get(name, ""))
    except ValueError:
        raise Refused(_("A number is missing. Please reload the page and try again.")) from None
