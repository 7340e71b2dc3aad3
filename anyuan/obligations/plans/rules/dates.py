"""Dates of duties and stages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta


def first_date(due: str) -> str | None:
    """The last date of a due in the exchange form, without its year if none; None for words."""
    written = re.findall(r"(?:\d{4}-)?\d{2}-\d{2}", due)
    return written[-1] if written and not due.startswith("@") else None


def in_stage(
    start: int, due_on: date | None, span: Sequence[int], starts: date, ends: date
) -> bool:
    """Whether a duty is a task of a stage: its words stand in the stage's own, or it is due within
    the stage's days.
    """
    return bool(span and span[0] <= start < span[1]) or bool(due_on and starts <= due_on < ends)


def due_dates(due: str, starts: date, ends: date) -> tuple[date, date] | None:
    """Return [from, until) of a due within a plan that runs over [starts, ends); the year follows
    from the plan.

    None if the due is words, or is no date of the calendar.
    """
    written = re.findall(r"(?:\d{4}-)?\d{2}-\d{2}", due or "")
    if not written or due.startswith("@"):
        return None
    last = in_plan(written[-1], starts, ends)
    if last is None:
        return None
    first = in_plan(written[0], starts, ends) if len(written) > 1 else starts
    begin = first if first and first <= last else starts
    return min(begin, last), last + timedelta(days=1)


def in_plan(text: str, starts: date, ends: date) -> date | None:
    """Give `MM-DD` the year that lies within the plan; a date with a year keeps it."""
    if len(text) == 10:
        return _date(int(text[:4]), text[5:])
    for year in range(starts.year, ends.year + 1):
        day = _date(year, text)
        if day and starts <= day < ends:
            return day
    return _date(starts.year, text)


def _date(year: int, month_day: str) -> date | None:
    try:
        return date(year, int(month_day[:2]), int(month_day[3:]))
    except ValueError:
        return date(year, 2, 28) if month_day == "02-29" else None
