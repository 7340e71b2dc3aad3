"""Owns how often something is done where the words are short: 一天两拖, 半月一洗, 早晚两扫."""

from __future__ import annotations

import re

from .measure import Measure, value
from .numerals import NUMERAL as N
from .passing import Pass

_END = r"(?=[,;。、:)”\"及和并]|制|$)"
_TURN = re.compile(
    rf"(?<![第每\d年月])(?P<n>半|一个半|{N})?\s?个?(?P<u>分钟|刻钟|小时|钟头|天|日|周|星期|月|季度|季|学期|学年|年|餐)"
    rf"(?P<many>[一二两三四五])(?P<verb>(?![次遍回趟轮日月年度班夜头餐级个人名天周])[一-鿿]{{1,3}}?){_END}"
)
_SLOTS = re.compile(
    rf"(?P<slots>早、?中、?晚|早、?晚)(?P<many>[两二三])(?P<verb>(?![次遍回趟轮])[一-鿿]{{1,2}}){_END}"
)
# 两周开一次, 一周上一节: a count that is said with its own interval.
_OFTEN = re.compile(
    rf"(?<![第每\d年月])(?P<n>半|{N})\s?个?(?P<u>天|周|星期|月|季度|学期|学年|年)(?P<verb>[一-鿿]{{1,4}}?)"
    r"(?P<many>[一二两三四五\d])(?P<c>次|遍|节|场|轮|堂|回)"
)
# The unit of a turn → its period, and how an interval of several is written.
_UNITS = {
    "分钟": ("continuous", "分钟/次"),
    "刻钟": ("continuous", "分钟/次"),
    "小时": ("continuous", "小时/次"),
    "钟头": ("continuous", "小时/次"),
    "天": ("day", "天/次"),
    "日": ("day", "天/次"),
    "周": ("week", "周/次"),
    "星期": ("week", "周/次"),
    "月": ("month", "月/次"),
    "季": ("quarter", "季/次"),
    "季度": ("quarter", "季/次"),
    "学期": ("term", "学期/次"),
    "学年": ("year", "年/次"),
    "年": ("year", "年/次"),
    "餐": ("day", "餐/次"),
}

# 两周内做一次, 三天前查一次: when, not how often.
_NOT_OFTEN = re.compile(r"^[内之前后以的底末初]|^份|至少|不少于|进行")
_LASTING = re.compile(r"(?:提前|提早|为期|历时|最后|头|前|后|近|每满)$")


def _is_date(m: re.Match[str]) -> bool:
    """3月两查: a month of the year, unless 一月 or 半月 is said, or 个月."""
    bare = m.group("u") == "月" and "个" not in m.group()
    return bare and m.group("n") not in {"一", "半"}


def _is_unsure(m: re.Match[str]) -> bool:
    """两周三查: several in several; neither number may be lost, so it is not taken."""
    return m.group("n") not in {None, "一", "1", "半"} and m.group("many") not in {"一", "1"}


class Turns(Pass):
    """How often something is done, in four characters."""

    def _turns(self) -> None:
        for m in _TURN.finditer(self.open):
            if m.group("n") is None and m.group("u") not in {"餐"}:
                continue
            if _is_date(m) or _is_unsure(m):
                continue  # what is not sure is left to be read by people
            self.measures.append(self._turn(m))
            self.take(*m.span())
        for m in _OFTEN.finditer(self.open):
            lasting = _LASTING.search(self.open[: m.start()])
            if lasting or _is_date(m) or _is_unsure(m) or _NOT_OFTEN.search(m.group("verb")):
                continue
            self.measures.append(self._often(m))
            self.take(*m.span())
        for m in _SLOTS.finditer(self.open):
            due = "@" + re.sub("(?<=[早中])(?=[中晚])", "、", m.group("slots").replace("、", ""))
            self.measures.append(
                Measure(
                    m.start(),
                    m.end(),
                    "count by verb",
                    "==",
                    value(m, "many"),
                    None,
                    "次",
                    "day",
                    due=due,
                    verb=m.group("verb"),
                )
            )
            self.take(*m.span())

    def _often(self, m: re.Match[str]) -> Measure:
        period, interval = _UNITS[m.group("u")]
        every, many = value(m), value(m, "many")
        if m.group("n") == "半" and m.group("u") in {"年", "学年"}:
            period, every = "half_year", 1
        unit = "次" if m.group("c") in {"遍", "轮", "回"} else m.group("c")
        if every == 1:
            return Measure(m.start(), m.end(), "count", "==", many, None, unit, period)
        return Measure(m.start(), m.end(), "interval", "==", every, None, interval, period)

    def _turn(self, m: re.Match[str]) -> Measure:
        period, interval = _UNITS[m.group("u")]
        every = value(m) if m.group("n") else 1
        many, verb = value(m, "many"), m.group("verb")
        if m.group("n") == "半" and m.group("u") in {"年", "学年"}:
            period, every = "half_year", 1
        if m.group("u") == "刻钟" and every is not None:
            every *= 15
        if m.group("n") == "半" and interval == "小时/次":
            every, interval = 30, "分钟/次"
        if every == 1 and period != "continuous":
            return Measure(
                m.start(), m.end(), "count by verb", "==", many, None, "次", period, verb=verb
            )
        return Measure(
            m.start(), m.end(), "interval", "==", every, None, interval, period, verb=verb
        )
