"""Owns one pass over a sentence: what is still open, and which period governs a number."""

from __future__ import annotations

import re

from . import traps
from .measure import Measure, Period

_PER = re.compile(r"[每第某这]\s?[一二两三四五六七八九十百千〇零]+$")


class Pass:
    """One pass over a sentence: what is still open, and which period governs a number."""

    def __init__(self, text: str, *, on_duty: bool = False) -> None:
        self.on_duty = on_duty
        self.said, self.text = text, traps.blank(text)
        self.open = traps.blank_local(self.text)
        self.measures: list[Measure] = []
        self.periods: list[Period] = []
        self._used_periods: set[int] = set()
        self._event = ""  # what started the clock of the deadline read last

    def is_tail(self, match: re.Match[str]) -> bool:
        """每二十人: whether the number goes on to the left, and says only per how many."""
        start = match.start("n")
        return bool(_PER.search(self.open[max(0, start - 8) : start]))

    def take(self, start: int, end: int) -> None:
        self.open = self.open[:start] + "\u25a0" * (end - start) + self.open[end:]

    def period_for(self, start: int, end: int) -> Period | None:
        """Return the period that governs a quantity: the nearest before, else right after."""
        before = [p for p in self.periods if p.end <= start and not p.words.startswith("/")]
        after = [
            p for p in self.periods if end - 3 <= p.start <= end + 6 and p.words.startswith("/")
        ]
        if after:
            return after[0]
        left = max(self.open.rfind(c, 0, start) for c in ",;。:") + 1
        by_shift = re.search(r"白班|夜班|早班|中班|晚班", self.open[left:start])
        if by_shift and not any(p.end > left for p in before):
            return Period(left + by_shift.start(), left + by_shift.end(), "shift")
        if before:
            near = before[-1]
            if (
                near.period == "shift"
                and len(before) > 1
                and before[-2].period != "shift"
                and near.start - before[-2].end < 3
            ):
                near = before[-2]
            return near
        later = [p for p in self.periods if end <= p.start <= end + 3]
        if later:
            return later[0]
        if shift := re.search(r"白班|夜班|早班|中班|晚班", self.open[:start]):
            return Period(shift.start(), shift.end(), "shift")
        daily = re.search(
            r"夜间|夜巡|晚间|白天|日间|课间|夜里|凌晨|次日早|晚\d|晚自习|熄灯|就寝|午休|早晚|上午|下午|中午|上、"
            r"?下午|放学后",
            self.open[:start],
        )
        return Period(daily.start(), daily.end(), "day") if daily else None

    def _use(self, period: Period) -> None:
        if period in self.periods:
            self._used_periods.add(self.periods.index(period))

    def _phrase_end(self, end: int) -> int:
        stops = [i for i in (self.open.find(c, end) for c in ",;。:") if i >= 0]
        return min(stops) if stops else len(self.open)


def days_of(period: Period | None) -> int:
    """On how many days of a week or month something recurs; 1 where the words name none."""
    due = re.sub(r"最后一周|第[\d、一二三四五]+周", "", (period.due if period else None) or "")
    if "~" in due:
        return 1
    return max(1, len(re.findall(r"[一二三四五六日天](?=[、和及周]|$)|\d+日", due)))
