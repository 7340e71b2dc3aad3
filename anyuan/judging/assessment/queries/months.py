"""A school's month: its duties by day, week and longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from anyuan.kernel import manifest
from anyuan.kernel.pages import Square
from anyuan.kernel.templatetags import words
from anyuan.obligations.plans.models import Obligation

from .cells import ATTENTION, RANK, Owed, owed, rows_where


@dataclass(frozen=True)
class MonthRow:
    """An obligation over a month: its windows that are no day, and day by day those that are."""

    obligation: Obligation
    yields: bool
    longer: list[Owed]
    days: list[tuple[date, Owed | None]]
    address: str  # of the page of its windows, but for the day at the end
    is_declared: bool

    @property
    def closed_days(self) -> Counter[str]:
        """Its windows of one day by verdict, those that are still to do left out."""
        return Counter(o.verdict for _day, o in self.days if o and o.verdict != "due")

    @property
    def days_judged(self) -> int:
        return self.closed_days.total()

    @property
    def worst_day(self) -> str:
        """The worst verdict of its single days; empty where there is none yet."""
        return next((word for word in ATTENTION if self.closed_days[word]), "")

    @property
    def squares(self) -> list[Square | None]:
        """Day by day what the sheet shows."""
        return [self._square(day, owed) if owed else None for day, owed in self.days]

    def _square(self, day: date, owed: Owed) -> Square:
        counted = f"{words.plain(owed.value)}/{words.plain(owed.needed)}"
        why = manifest.label("reason", owed.reason)
        title = f"{day.month}-{day.day} {counted}: {why}"
        return Square(owed.verdict, f"{self.address}{owed.starts:%Y-%m-%d}/", title)

    @property
    def is_said(self) -> bool:
        """Whether what is to be declared was, in its last window of the month."""
        return bool(self.longer) and self.longer[-1].verdict == "declared"


@dataclass(frozen=True)
class WeekHead:
    """The days of a month that lie in one week, Monday to Sunday."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def weeks_of(days: Sequence[date]) -> list[WeekHead]:
    """The weeks of a month, each cut to its days."""
    starts = [d for d in days if d == days[0] or d.weekday() == 0]
    ends = [d - timedelta(days=1) for d in starts[1:]] + [days[-1]]
    return [WeekHead(a, b) for a, b in zip(starts, ends, strict=True)]


def month(unit_id: int, days: Sequence[date], now: datetime) -> list[MonthRow]:
    """A school's obligations with their windows that touch the days of a month."""
    rows = rows_where(
        "t0.unit_id = %(unit)s AND t0.starts <= %(last)s AND t0.ends >= %(first)s AND t0.opens_at"
        " <= %(now)s",
        {"unit": unit_id, "first": days[0], "last": days[-1]},
        now,
    )
    grouped: dict[int, list[Owed]] = {}
    for item in owed(rows):
        if item.ends > days[0] or item.slot:
            grouped.setdefault(item.obligation.pk, []).append(item)
    return [_month_row(items, days) for items in grouped.values()]


def _month_row(items: Sequence[Owed], days: Sequence[date]) -> MonthRow:
    one = timedelta(days=1)
    # Of several on one day, such as deadlines, the worst stands there.
    ranked = sorted(items, key=lambda o: RANK[o.verdict], reverse=True)
    by_day = {o.starts: o for o in ranked if o.ends - o.starts == one}
    return MonthRow(
        items[0].obligation,
        items[0].yields_to is not None,
        [o for o in items if o.ends - o.starts != one],
        [(day, by_day.get(day)) for day in days],
        reverse("cell", args=[items[0].unit_id, items[0].obligation.pk, "-"]).removesuffix("-/"),
        items[0].is_declared,
    )
