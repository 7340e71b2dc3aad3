"""Owns what headings say for what stands below them: months, the words that open a list, phases."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace

from .measure import Measure
from .numerals import parse
from .outline import Clause, Sentence

_MONTH = re.compile(
    r"(?:20\d\d年)?(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?"
    r"(?:(?:主要|重点|安全)*(?:工作|安排|活动|计划|教育)*(?:安排|重点|内容|主题)?)(?P<rest>:|$|主题)"
)
# A colon between digits is a time of day and ends no phrase.
_STOP = re.compile(r"[,;。]|:(?!\d)")


_DEED = "开展|组织|完成|上报|报送|召开|进行|检查|排查|实行|制定|达到|成立|举行|提交|整改|落实"


class Month:
    """The month that a heading of a calendar names for what stands below it (九月份:)."""

    def __init__(self) -> None:
        self._due, self._depth = "", 0

    @property
    def named(self) -> str:
        """The days of the month that was named last."""
        return self._due

    def due(self, sentence: Sentence) -> str:
        """Return the days of the month that a sentence stands under; empty if none."""
        depth = len(sentence.clause.path)
        named = _MONTH.match(sentence.text)
        if named and (month := parse(named.group("m"))):
            last = monthrange(2023, int(month))[1]
            self._due, self._depth = f"{int(month):02d}-01~{int(month):02d}-{last:02d}", depth
        elif depth < self._depth or (depth == self._depth and sentence.clause.style == "cn"):
            self._due = ""
        return self._due


_DAY = re.compile(r"(?:^|[,;。:])(?P<d>[12]?\d|3[01])[日号](?P<before>之?前)?(?!起)")


def day_in(month: str, phrase: str) -> tuple[str, bool] | None:
    """12日搞一次演练 under the heading of a month: (its date, whether it is a deadline)."""
    found = _DAY.search(phrase)
    if found is None:
        return None
    return f"{month[:2]}-{int(found.group('d')):02d}", bool(found.group("before"))


def lead(node: Clause) -> str:
    """The words that open a list below a clause (…应当履行下列职责:); empty if none do."""
    last = re.split(r"[。;!?\n]", node.text.strip()[-120:])[-1]
    return last if last.endswith(":") else ""


def phase_activity(name: str, text: str) -> str:
    for pattern, code in (
        (r"自查|排查|自纠|摸底|摸排", "hazard.inspection"),
        (r"督导|督查|检查|抽查|回头看|互查", "supervision.visit"),
        (r"整改", "hazard.rectify"),
        (r"宣传(?!发动|动员|部署)", "publicity"),
        (r"培训", "training.staff"),
    ):
        if re.search(pattern, name):
            return code
    return "planning"


def action_of(text: str, measure: Measure) -> str:
    """A short phrase for lists: the phrase around the measure, without its list marks."""
    stops = [m.start() for m in _STOP.finditer(text)]
    before = [-1, *(i for i in stops if i < measure.start)]
    right = min((i for i in stops if i >= measure.end), default=len(text))
    phrase = text[before[-1] + 1 : right].strip(" 、,")
    if len(phrase) < 6 and len(before) > 1:
        phrase = text[before[-2] + 1 : right].strip(" 、,")
    # 请各单位于6月底前,将总结上报…: the phrase only says when; what is to be done follows.
    said = text[before[-1] + 1 : measure.start] + text[measure.end : right]
    if measure.rule == "date" and not re.search(_DEED, said) and right < len(text):
        following = next((i for i in stops if i > right), len(text))
        phrase += text[right:following]
    return phrase.strip(" 、,")[:60]


def dated(text: str, measure: Measure, month: str) -> Measure:
    """A count under the heading of a month is due in it, or on the day that its words name."""
    if measure.rule != "count once" or measure.due is not None:
        return measure
    left = max(text.rfind(c, 0, measure.start) for c in ",;。") + 1
    day = day_in(month, text[left : measure.start])
    if day is None:
        return replace(measure, due=month)
    return replace(measure, due=day[0], period="before_date" if day[1] else "once")
