"""Owns how sure the reader is: which numbers of a sentence nothing took, and why a measure may be
wrong.

The reasons are codes; the review page says them in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import clocks, dates, traps, triggers
from .measure import Measure
from .numerals import NUMERAL as N
from .source import Repair

_UNITS = (
    r"次|遍|趟|圈|轮|回|人|名|位|天|日|周|个?星期|个?月|季度|学期|年|个?小时|分钟|秒|%|‰|米|公里|厘米|节|课时|学时|期|场"
    r"|份|岁|周岁|具|把|套|个(?=[,。;、]|$|[以不])|倍|成"
)
_NUMBERS = re.compile(
    rf"(?:(?<![\d.第])\d+(?:\.\d+)?\s?(?:{_UNITS})?|(?<![第一二三四五六七八九十百千万同每逐统唯])"
    rf"(?:{N}|半)(?:{_UNITS}))(?![一-鿿]?书|性|律|致)"
)
_NO_NUMBER = re.compile(
    r"一(?:个|名|位|天天|些|样|次性|旦|年一度|日三餐)|两(?:个|者|边|侧)|三(?:个|方)"
)
# A letter where a digit may have stood: l2户, Z次.
_LETTER = re.compile(
    r"(?<![A-Za-z/])[A-Za-zЀ-ӿ](?=\d|\s?(?:次|遍|人|名|户|天|日|小时|分钟|%|米(?!\d)|岁|周岁|月|年))|(?<=\d)[A-Za-zЀ-ӿ](?=\d|次|遍|人|名|户|天|日|小时|分钟|%|岁|周岁)"
)
_LOST = re.compile(
    r"每(?![天日周月年季学班次个位名晚夜隔半层校间所一二两三四五六七八九十\d人台车栋户镇村项份期节餐时逢小当课早午工星到处支道组园乡幢幼件套门岗级幅张堂轮场遍旬逢种条有])|每学(?![期年生校])"
)
_PERIODS = re.compile(
    r"每(?:个)?(?:天|日|周|星期|月|季度|学期|学年|年|班次|班(?!级|主任|长|学生)|晚|夜|半年|课间)"
)
_APPROXIMATE = re.compile(
    r"左右|大约|约(?=[\d一二三四五六七八九十两])|上下(?=[,。;]|$)|几|多(?=次|人|名|天)|若干"
)


def leftovers(text: str, found: Sequence[Measure]) -> list[tuple[int, int]]:
    """Return the places of numbers and frequencies of a sentence that no measure, date or time of
    day took.
    """
    clear = traps.blank_local(traps.blank(text))
    taken = [(m.start, m.end) for m in found]
    taken += [(m.period_at, m.start) for m in found if m.period_at >= 0]
    taken += [(d.start, d.end) for d in dates.find(text)]
    taken += [(c.start, c.end) for c in clocks.clocks(text)]
    taken += [(t.start, t.end) for t in triggers.moments(clear)]
    governed = {m.period for m in found}
    out = []
    for match in _NUMBERS.finditer(clear):
        if _NO_NUMBER.match(clear, match.start()) or _is_taken(match.span(), taken):
            continue
        out.append(match.span())
    for match in _PERIODS.finditer(clear):
        if not governed and not _is_taken(match.span(), taken):
            out.append(match.span())
    out += [m.span() for m in _LOST.finditer(clear)]
    return sorted(out)


def _is_taken(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in taken)


def of_measure(
    text: str, at: int, measure: Measure, left: Sequence[tuple[int, int]], repairs: Sequence[Repair]
) -> list[str]:
    """Return why a measure of a sentence that begins at clean offset `at` may be wrong."""
    begin, end = _phrase(text, measure)
    why = [measure.doubt] if measure.doubt else []
    near = text[measure.start : end]
    if measure.quantity is not None and _APPROXIMATE.search(
        near[: measure.end - measure.start + 4]
    ):
        why.append("approximate")
    if any(begin <= start < end for start, _ in left):
        why.append("leftover")
    begin_here = min(measure.start, measure.period_at if measure.period_at >= 0 else measure.start)
    for repair in repairs:
        if repair.start < at + measure.end + 2 and at + begin_here - 2 < repair.end:
            why.append(repair.why)
    if _LETTER.search(text[begin:end]):
        why.append("letter")
    if measure.due and re.search(r"\d:\d", measure.due) and _guessed(text, measure):
        why.append("afternoon")
    if (
        measure.unit in {"次", "遍"}
        and measure.quantity_max
        and _RUN_TOGETHER.search(text[measure.start : measure.end])
    ):
        why.append("run_together")
    return list(dict.fromkeys(why))


_RUN_TOGETHER = re.compile(r"^(?:12|23|34|45)")


def _phrase(text: str, measure: Measure) -> tuple[int, int]:
    begin = max(text.rfind(c, 0, measure.start) for c in ";。") + 1
    end = min((i for i in (text.find(c, measure.end) for c in ";。") if i >= 0), default=len(text))
    return begin, end


def _guessed(text: str, measure: Measure) -> bool:
    """4:20 taken for the afternoon though no word says so."""
    said = re.findall(r"\d{1,2}:\d\d", measure.due or "")
    return any(
        int(time.split(":")[0]) > 12
        and f"{int(time.split(':')[0]) - 12}:{time.split(':')[1]}" in text
        and not re.search(r"下午|晚|傍晚|中午|夜", text)
        for time in said
    )
