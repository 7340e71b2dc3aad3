"""Owns how single fields are read, from a page's form or from what a phone sends.

Each app's `forms.py` has one frozen dataclass per verb with `read(data)`; here are the parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from .commands import Refused
from .http import number
from .text import says_something

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NO_LINE = "\x00\x0b\x0c\x85\u2028\u2029"  # what ends a line, in the middle of one
LONG = 20_000  # characters of minutes or of a rule


def values(form: DataclassInstance) -> dict[str, Any]:
    """What a form says by the names of its fields, for the verb that takes them."""
    return {field.name: getattr(form, field.name) for field in fields_of(form)}


def words(
    data: Mapping[str, str], name: str, label: str, most: int, *, required: bool = False
) -> str:
    """Read one line of text. :raises Refused: empty where it must not be, or too long."""
    text = data.get(name, "").strip()
    if any(c in text for c in _NO_LINE):
        raise Refused(_("The text holds characters that cannot be kept. Please type it again."))
    if required and not says_something(text):
        raise Refused(_("%(field)s: please fill in this field.") % {"field": label})
    if len(text) > most:
        raise Refused(
            _("%(field)s: please use at most %(max)d characters.") % {"field": label, "max": most}
        )
    return text


def long_text(data: Mapping[str, str], name: str, *, required: bool = False) -> str:
    """:raises Refused: too long, empty, or holding what cannot be kept."""
    text = data.get(name, "").replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise Refused(_("The text holds characters that cannot be kept. Please type it again."))
    if len(text) > LONG:
        raise Refused(_("Please use at most %(max)d characters.") % {"max": LONG})
    if required and not says_something(text):
        raise Refused(_("The text is empty."))
    return text


def one_of(data: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """:raises Refused: a choice that is not offered."""
    value = data.get(name, "")
    if value not in allowed:
        raise Refused(_("Please choose from the list."))
    return value


def whole(data: Mapping[str, str], name: str, label: str, least: int, most: int) -> int:
    """:raises Refused: no whole number within the bounds."""
    text = data.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not least <= int(text) <= most:
        raise Refused(
            _("%(field)s: please write a whole number from %(least)d to %(most)d.")
            % {"field": label, "least": least, "most": most}
        )
    return int(text)


def whole_or_none(
    data: Mapping[str, str], name: str, label: str, least: int, most: int
) -> int | None:
    """The same, or None where nothing is said. :raises Refused:"""
    return whole(data, name, label, least, most) if data.get(name, "").strip() else None


def clock(data: Mapping[str, str], name: str, label: str) -> time:
    """:raises Refused: no time of day."""
    text = data.get(name, "").strip().replace("：", ":")
    try:
        moment = time.fromisoformat(text if ":" in text else f"{text}:00")
    except ValueError:
        raise Refused(
            _("%(field)s: please write a time such as 07:30.") % {"field": label}
        ) from None
    return moment.replace(second=0, microsecond=0, tzinfo=None)


def clock_or_none(data: Mapping[str, str], name: str, label: str) -> time | None:
    """The same, or None where nothing is said. :raises Refused:"""
    return clock(data, name, label) if data.get(name, "").strip() else None


def day(data: Mapping[str, str], name: str, label: str) -> date:
    """:raises Refused: no date of this century."""
    return day_of(data.get(name, ""), label)


def day_or_none(data: Mapping[str, str], name: str, label: str) -> date | None:
    """The same, or None where nothing is said. :raises Refused:"""
    return day(data, name, label) if data.get(name, "").strip() else None


def day_of(text: str, label: str) -> date:
    """:raises Refused: no date of this century."""
    try:
        day = date.fromisoformat(text.strip())
        if not 2000 <= day.year <= 2100:
            raise ValueError
    except ValueError:
        raise Refused(
            _("%(name)s: please enter a date like 2026-03-01.") % {"name": label}
        ) from None
    return day


def ticked(data: Mapping[str, str], name: str) -> bool:
    """Whether a box is ticked."""
    return data.get(name) == "on"


def chose(data: Mapping[str, str], name: str, answer: str) -> bool:
    """Whether this answer was given, of the buttons that a form has."""
    return data.get(name) == answer


def key(data: Mapping[str, str], name: str) -> int:
    """The id of a row that was chosen. :raises Invisible: none is."""
    return number(data.get(name, ""))


def key_or_none(data: Mapping[str, str], name: str) -> int | None:
    """The same, or None where nothing is chosen. :raises Invisible: it is no id."""
    return key(data, name) if data.get(name) else None


def keys(data: QueryDict, name: str, most: int) -> list[int]:
    """The ids of all rows that were ticked, at most so many. :raises Invisible: one is none."""
    return [number(text) for text in data.getlist(name)[:most]]


def sought(data: Mapping[str, str], name: str, most: int = 40) -> str:
    """Words to look for; what is longer than any name is cut."""
    return data.get(name, "").strip()[:most]


def day_asked(data: Mapping[str, str], name: str, otherwise: date) -> date:
    """The day that an address names; one that is none shows the usual day."""
    try:
        return day_of(data.get(name, ""), name)
    except Refused:
        return otherwise


def year_asked(data: Mapping[str, str], name: str, otherwise: int) -> int:
    """The year that an address or a form names, else another."""
    text = data.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else otherwise
