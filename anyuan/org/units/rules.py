"""Which days are school days, and the windows of time that verdicts are about.

Dates are local; ranges half-open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
KINDS = ("day", "week", "month", "quarter", "term", "half_year", "year")


@dataclass(frozen=True)
class TermDates:
    name: str
    starts: date
    ends: date


@dataclass(frozen=True)
class WindowDates:
    kind: str
    starts: date
    ends: date


def is_public_workday(day: date) -> bool:
    """Whether people work that day: weekends, public holidays and make-up days (调休) by the
    library's data.
    """
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        # The State Council has not announced that year yet: weekdays are working days until it
        # does.
        return day.weekday() < 5


def announced_until() -> int:
    """The last year whose public holidays the library knows."""
    import chinese_calendar

    return int(max(chinese_calendar.constants.holidays).year)


def is_public_holiday(day: date) -> bool:
    """Whether it is a statutory holiday or a day off that belongs to one, by the library's data;
    false for a plain weekend, and for a year not announced yet.
    """
    import chinese_calendar

    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return False
    return bool(off and name)


def school_days(
    starts: date, ends: date, terms: Sequence[TermDates], exceptions: Mapping[date, bool]
) -> list[date]:
    """Return the school days in [starts, ends)."""
    out = []
    for term in terms:
        day = max(starts, term.starts)
        while day < min(ends, term.ends):
            if exceptions.get(day, is_public_workday(day)):
                out.append(day)
            day += DAY
    return sorted(set(out))


def windows(
    starts: date, ends: date, terms: Sequence[TermDates], days: Sequence[date]
) -> Iterator[WindowDates]:
    """Yield every window that holds a school day of [starts, ends), whole even where it reaches
    beyond.

    A week without a school day asks nothing, nor does such a month.
    """
    seen: set[WindowDates] = set()
    for day in days:
        if not starts <= day < ends:
            continue
        for window in _around(day, terms):
            if window not in seen:
                seen.add(window)
                yield window


def _around(day: date, terms: Sequence[TermDates]) -> Iterator[WindowDates]:
    monday = day - timedelta(days=day.weekday())
    yield WindowDates("day", day, day + DAY)
    yield WindowDates("week", monday, monday + 7 * DAY)
    yield WindowDates("month", day.replace(day=1), _months_later(day.replace(day=1), 1))
    quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    yield WindowDates("quarter", quarter, _months_later(quarter, 3))
    half = date(day.year, 1 if day.month < 7 else 7, 1)
    yield WindowDates("half_year", half, _months_later(half, 6))
    yield WindowDates("year", date(day.year, 1, 1), date(day.year + 1, 1, 1))
    for term in terms:
        if term.starts <= day < term.ends:
            yield WindowDates("term", term.starts, term.ends)


def _months_later(first: date, months: int) -> date:
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class CalendarDay:
    """One day as a calendar shows it: `why` is term, weekend, holiday, make-up, exception or
    vacation.
    """

    day: date
    school: bool
    why: str


@dataclass(frozen=True)
class Month:
    first: date
    days: tuple[CalendarDay, ...]

    @property
    def weeks(self) -> list[list[CalendarDay | None]]:
        """Rows of seven, Monday first; None where another month lies."""
        cells: list[CalendarDay | None] = [*([None] * self.first.weekday()), *self.days]
        cells += [None] * (-len(cells) % 7)
        return [cells[i : i + 7] for i in range(0, len(cells), 7)]


def months(today: date, terms: Sequence[TermDates], exceptions: Mapping[date, bool]) -> list[Month]:
    """The months of the school year that holds a day, September to August, each day with whether
    and why it is a school day.
    """
    first = date(today.year if today.month >= 9 else today.year - 1, 9, 1)
    out = []
    for _ in range(12):
        following = _months_later(first, 1)
        days = tuple(
            _day(first + timedelta(days=i), terms, exceptions)
            for i in range((following - first).days)
        )
        out.append(Month(first, days))
        first = following
    return out


def _day(day: date, terms: Sequence[TermDates], exceptions: Mapping[date, bool]) -> CalendarDay:
    if not any(t.starts <= day < t.ends for t in terms):
        return CalendarDay(day, False, "vacation")
    if day in exceptions:
        return CalendarDay(day, exceptions[day], "exception")
    working = is_public_workday(day)
    if working:
        return CalendarDay(day, True, "make-up" if day.weekday() >= 5 else "term")
    return CalendarDay(day, False, "weekend" if day.weekday() >= 5 else "holiday")


def school_year(day: date) -> date:
    """The first of September at or before a day."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)
