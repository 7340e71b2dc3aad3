"""Reads edits of duties and the dates of an adoption; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.kernel.templatetags.words import plain
from anyuan.obligations.reading.holders import UNSAID

from .queries import Obligation, Review
from .rules import due_words

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
    "all",
    "boarding",
    "urban",
    "rural",
    "kindergarten",
    "primary",
    "secondary",
    "primary_secondary",
    "special",
    "private",
    "school_bus",
    "high_risk",
    "weak_base",
    "large",
    "holiday",
    "other",
)


def edit_fields(duty: Obligation) -> dict[str, str]:
    """What stands in the form of a duty before anybody types, by the names of its fields."""
    same = ("action", "holder", "activity", "comparator", "measure_unit", "period", "per")
    return {
        **{name: getattr(duty, name) for name in (*same, "applies_to")},
        "quantity": plain(duty.quantity),
        "due": duty.due_in_words,
    }


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
    try:
        due = due_words.kept(data.get("due", ""))
    except ValueError:
        raise Refused(
            _("Due: please say when, such as 6月30日, 4月1日至5月31日, 每月25日前, or 周五16:00.")
        ) from None
    action = data.get("action", "").strip()
    if not action:
        raise Refused(_("Please say what is to be done."))
    return {
        "action": action[:120],
        "holder": data.get("holder", "").strip()[:60] or UNSAID,
        "activity": data.get("activity", ""),
        "comparator": _one_of(data.get("comparator", ""), COMPARATORS),
        "quantity": number,
        "measure_unit": data.get("measure_unit", "").strip()[:12],
        "period": _one_of(data.get("period", ""), PERIODS),
        "per": data.get("per", "").strip()[:40],
        "due": due,
        "applies_to": _one_of(data.get("applies_to", ""), SCOPES),
    }


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    """:raises Refused: it is none of them."""
    if value not in allowed:
        raise Refused(
            _("Please choose one of what the list offers: %(value)s is none.") % {"value": value}
        )
    return value


def pasted(data: Mapping[str, str]) -> str:
    """The text of a plan that was pasted instead of sent as a file."""
    return data.get("text", "").strip()


def show(data: Mapping[str, str]) -> str:
    """Which duties of a plan are looked at; all where nothing is said."""
    return data.get("show") or "all"


def verdict(data: Mapping[str, str]) -> str:
    """What was said of a duty; empty where it is nothing that can be said."""
    said = {"accept": Review.ACCEPTED, "drop": Review.DROPPED, "reopen": Review.PROPOSED}
    return said.get(data.get("do", ""), "")


@dataclass(frozen=True)
class AdoptionForm:
    """From which day a plan holds, until before which, and by whose name."""

    starts: date
    ends: date
    signature: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> AdoptionForm:
        """:raises Refused: naming the field."""
        return cls(
            starts=fields.day(data, "starts", _("Starts")),
            # People say the last day; what is kept is the day after it.
            ends=fields.day(data, "last", _("Ends")) + timedelta(days=1),
            signature=data.get("signature", ""),
        )


@dataclass(frozen=True)
class AlikeForm:
    """One field of several duties, from what stands there to what shall."""

    ids: list[int]
    field: str
    before: str
    after: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> AlikeForm:
        """:raises Refused: no numbers."""
        said = {name: data.get(name, "") for name in ("field", "before", "after")}
        return cls(parse_numbers(data, "ids"), **said)

    @property
    def again(self) -> dict[str, str]:
        """What the form said, by the names of its fields."""
        ids = ",".join(map(str, self.ids))
        return {"field": self.field, "before": self.before, "after": self.after, "ids": ids}


def parse_number(data: Mapping[str, str], name: str) -> int:
    """:raises Refused:"""
    try:
        return int(data.get(name, ""))
    except ValueError:
        raise Refused(_("A number is missing. Please reload the page and try again.")) from None


def parse_numbers(data: Mapping[str, str], name: str, most: int = 500) -> list[int]:
    """Numbers parted by commas. :raises Refused:"""
    try:
        found = [int(part) for part in data.get(name, "").split(",")]
    except ValueError:
        found = []
    if not 0 < len(found) <= most:
        raise Refused(_("A number is missing. Please reload the page and try again."))
    return found


def parse_moment(data: Mapping[str, str], name: str) -> datetime:
    """:raises Refused:"""
    try:
        return datetime.fromisoformat(data.get(name, ""))
    except ValueError:
        raise Refused(_("A time is missing. Please reload the page and try again.")) from None


@dataclass(frozen=True)
class ExceptionForm:
    """Days [first, last] that are school days, or none, against the calendar; and why."""

    first: date
    last: date
    is_school_day: bool
    reason: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> ExceptionForm:
        """:raises Refused: naming the field."""
        first = fields.day(data, "first", _("From"))
        last = fields.day_or_none(data, "last", _("To")) or first
        if not 0 <= (last - first).days <= 60:
            raise Refused(_("Please choose at most 60 days, the first before the last."))
        reason = data.get("reason", "").strip()[:80]
        if not reason:
            raise Refused(_("Please say why; it is shown with the day."))
        return cls(first, last, data.get("school") == "1", reason)


@dataclass(frozen=True)
class TermForm:
    """A term of [first, last]."""

    name: str
    first: date
    last: date

    @classmethod
    def read(cls, data: Mapping[str, str]) -> TermForm:
        """:raises Refused: naming the field."""
        first = fields.day(data, "first", _("From"))
        last = fields.day(data, "last", _("To"))
        name = data.get("name", "").strip()[:40]
        if not 14 <= (last - first).days <= 250 or not name:
            raise Refused(_("A term has a name and lasts from two weeks to 250 days."))
        return cls(name, first, last)
