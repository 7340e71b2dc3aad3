"""Owns the grammar of measures: how often, how many, how long, how much, by when; one sentence at a
time.
"""

from __future__ import annotations

import re
from dataclasses import replace

from . import clocks, slots, traps
from .bounds import Bounds
from .counts import Counts
from .measure import Measure
from .patterns import (
    CUE,
)
from .people import People
from .periods import Periods
from .spans import Spans
from .turns import Turns


class Grammar(Counts, Turns, People, Spans, Bounds, Periods):
    """One pass over a sentence; each rule takes the stretch it read, so that no number is read
    twice.
    """

    def read(self) -> list[Measure]:
        self._formulas()
        self._before_lessons()
        self._steps()
        self._around_the_clock()
        self._intervals()
        self._periods()
        self._rates()
        self._turns()
        self._terse()
        self._verbed()
        self._counts()
        self._people()
        self._durations()
        self._join_windows()
        self._sizes()
        self._things()
        self._bounds()
        self._bare_periods()
        self._early()
        self.measures = [self._daily(m) for m in self.measures]
        timed = clocks.attach(self.said, self.measures, self.periods, on_duty=self.on_duty)
        return sorted((self._slotted(m) for m in timed), key=lambda m: m.start)

    def _early(self) -> None:
        """提前一周加开一次: the count is due that long before."""
        for one in [m for m in self.measures if m.rule == "ahead of time"]:
            counted = next(
                (
                    m
                    for m in self.measures
                    if m.rule in {"count", "count once"}
                    and one.end <= m.start < self._phrase_end(one.end)
                ),
                None,
            )
            if counted:
                self.measures.remove(one)
                at = self.measures.index(counted)
                self.measures[at] = replace(
                    counted, rule="count", due=one.due, period="before_date"
                )

    def _daily(self, m: Measure) -> Measure:
        """必须在下班前全面检查一次: what is done before the end of each day is asked each day."""
        if m.rule != "count once" or m.due or _ONE_DAY.search(self.text):
            return m
        left = max(self.text.rfind(c, 0, m.start) for c in ";。") + 1
        named = _EACH_DAY.search(self.text[left : m.start])
        return replace(m, rule="count", period="day", due="@" + named.group()) if named else m

    def _slotted(self, m: Measure) -> Measure:
        """Give a measure of the day the moment that its words name (夜间, 课间)."""
        daily = m.period in {"day", "shift", "continuous"} and m.rule not in {
            "rate",
            "size",
            "retention",
        }
        if m.period == "week" and not m.due and m.rule in {"count", "periodic"}:
            told = _ON_DAY.search(self.text, m.end)
            return replace(m, due="@周" + told.group("day")) if told else m
        if m.due or not daily:
            return m
        left = max(self.text.rfind(c, 0, m.start) for c in ",;。") + 1
        words = self.text[left : self._phrase_end(m.end)]
        name = slots.named(words) or slots.named(self.text[: m.end])
        if not name and m.period == "day":
            days = next(
                (p for p in self.periods if p.due and "~周" in p.due and p.start < m.start), None
            )
            return replace(m, due=days.due) if days else m
        if not name:
            return m
        inside = m.rule == "people" and name in {
            "课间",
            "大课间",
            "午休",
            "午睡",
            "上学、放学",
            "早中晚",
        }
        return replace(m, due="@" + name, period="day" if inside else m.period)


_ON_DAY = re.compile(
    r"时间(?:一般|原则上)?(?:为|是|定为|定在|定于|安排在|在|:)每?(?:周|星期)(?P<day>[一二三四五六日])"
)
_EACH_DAY = re.compile(r"(?:下班|放学|离校|上班|就寝|熄灯|上课|关门|开门|清校)[前后]")
# A day that is named happens once.
_ONE_DAY = re.compile(r"\d[月日号]|开学|考试|学期|演练|竞赛|节|假|本周|当天")


def read(text: str, *, on_duty: bool = False) -> list[Measure]:
    """Return the measures of one sentence in reading order; empty for a sentence without a cue.

    :param on_duty: what stands above speaks of being on duty, so that bare times are duties.
    """
    if not CUE.search(text):
        return []
    if traps.is_no_duty(text):
        return []
    found = Grammar(text, on_duty=on_duty).read()
    ended = traps.ended(text)
    if ended is not None:
        found = [m for m in found if m.start >= ended]
    gone = traps.abolished(text)
    if gone is None:
        return found
    back = re.search(r"改为|改成|调整为|统一为|合并为|压缩为|只需|仅需", text[gone:])
    cut = gone + back.start() if back else len(text)
    return [m for m in found if m.end <= gone or m.start >= cut]


def with_due(measure: Measure, due: str, *, before: bool) -> Measure:
    """Return the measure bound to a date of its sentence or phase."""
    return replace(measure, due=due, period="before_date" if before else "once")
