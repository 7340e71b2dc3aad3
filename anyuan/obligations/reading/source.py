"""Owns the clean text that rules read, with a way back to the text as given."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from . import lexicon
from .markers import marker_of

_CJK = r"[\u3400-\u9fff]"
# Copying leaves blanks between characters, and stray marks inside words.
_NOISE = re.compile(
    rf"(?<={_CJK})[ \u3000\u00a0]+(?=[\u3400-\u9fff0-9,;:(])"
    rf"|(?<=[0-9,;:)])[ \u3000\u00a0]+(?={_CJK})"
    rf"|[`\u200b\ufeff\u00ad]|(?<={_CJK})[.'](?={_CJK})"
)
# Scanning reads 0 as O and 1 as l beside digits and units.
_MISREAD = re.compile(
    r"(?<=\d)[Oo](?=[\d日月天年次小%米分个])|(?<![A-Za-z])[lI](?=[0-9]{0,2}(?:小时|次|名|个|日|天|月|分钟|人))"
)
PLAN_TITLE = re.compile(
    r"^[ \t]*(\S.{2,60}?)[ \t]*(?:篇|\(篇|（篇)([0-9一二三四五六七八九十]{1,3})[)）]?[ \t]*$", re.M
)
# A line that ends or begins so was cut in the middle of what it says.
_CUT_END = re.compile(
    r"(?:[不至每各于超低高达以及与或的在对由向从为将把被约共应须必可未再全按逐第、,和几\-~(隔]"
    r"|不少|不低|不得|不超|至少|最多|每学|每季|每半|每星|个工|个小|百分|分之|工作|两个|每次|每[天日周月年晚班夜])$"
)
CUT_START = re.compile(
    r"(?:[、,。;:)]|至(?=\d)|少于|于(?=[\d一二三四五六七八九十两])|低于|超过|得少|(?:次|遍|趟|圈)(?=[,。;、]|$)|人(?=[,。;、值在巡])|名(?!单|称|誉)"
    r"|(?:\d+|[一二两三四五六七八九十]+)(?:次|遍|趟|圈|名|人|位|天|小时|分钟|个|周|节|课时|学时|%|米|岁|具|把)|不少于|不低于|不得|至少|不超过|各[一二两三\d]"
    r"|天(?=[,。;、以内])|%|分钟|小时|个月|工作日|以上|以下|以内|之内|之前|以前|日前|月前|号前|学期(?=[一二两三不至开组召]|\d)|季度(?=[一二两三不至开组召]|\d))"
)
# A number at the end of a line goes on only where the next line begins like what is counted.
_NUMBER_END = re.compile(r"[\d零一二三四五六七八九十百两半几]$")
_COUNTED_START = re.compile(
    r"[\d一二三四五六七八九十百半次遍趟圈人名位天日周月年小分%米岁户个节课学期度点时号成把具套倍]"
)
_ENDS = '。!?;:…”"】'
_SPLIT_NUMBER = re.compile(
    r"(?<=\d)[ \u3000\u00a0]+(?=\d{1,3}\s?(?:%|次|名|人|天|日|小时|分钟|个|岁|米|"
    r"遍|圈|元|节|课时|户|所|期|场|份|具|把|位|周|月))"
)


@dataclass(frozen=True)
class Repair:
    """A place of the clean text where something was put right that may be meant otherwise."""

    start: int
    end: int
    why: str


class Source:
    """A plan's text as given, and the clean text that rules read; every clean offset leads back.

    `repairs`: where a number was put together or a letter read as a digit.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        plain = text.translate(lexicon.simple())
        misread = [m.start() for m in _MISREAD.finditer(plain)]
        simple = _MISREAD.sub(lambda m: "0" if m.group() in "Oo" else "1", plain)
        gone = self._gone(simple)
        self.clean, self._removed, self._shift = self._strip(simple, gone)
        self.repairs = [
            *(self._repair(at, at + 1, "letter") for at in misread),
            *(self._repair(s - 1, e + 1, why) for s, e, why in gone if why),
        ]

    def _repair(self, start: int, end: int, why: str) -> Repair:
        at = self.place(start)
        return Repair(at, max(at + 1, self.place(end)), why)

    @staticmethod
    def _gone(text: str) -> list[tuple[int, int, str]]:
        """What is left out of the clean text, in order: (start, end, why it may be wrong)."""
        spans = [(m.start(), m.end(), "") for m in _NOISE.finditer(text)]
        spans += [(m.start(), m.end(), "spaced") for m in _SPLIT_NUMBER.finditer(text)]
        spans += _soft_breaks(text)
        out: list[tuple[int, int, str]] = []
        for start, end, why in sorted(spans):
            if out and start < out[-1][1]:
                last = out.pop()
                out.append((last[0], max(last[1], end), last[2] or why))
            else:
                out.append((start, end, why))
        return out

    @staticmethod
    def _strip(text: str, spans: list[tuple[int, int, str]]) -> tuple[str, list[int], list[int]]:
        pieces, removed, shift, last, gone = [], [0], [0], 0, 0
        for start, end, _ in spans:
            pieces.append(text[last:start])
            gone += end - start
            last = end
            removed.append(last - gone)
            shift.append(gone)
        pieces.append(text[last:])
        return "".join(pieces), removed, shift

    def place(self, origin: int) -> int:
        """Return the clean offset of an offset in the given text."""
        low, high = 0, len(self.clean)
        while low < high:
            middle = (low + high) // 2
            if self.origin(middle) < origin:
                low = middle + 1
            else:
                high = middle
        return low

    def origin(self, offset: int) -> int:
        """Return the offset in the given text of a clean offset."""
        return offset + self._shift[bisect_right(self._removed, offset) - 1]

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.origin(start), self.origin(max(start, end - 1)) + 1


def _soft_breaks(text: str) -> list[tuple[int, int, str]]:
    """Line ends that cut a sentence: (start, end, why it may be wrong)."""
    lines = text.split("\n")
    width = _width([line.strip() for line in lines])
    out, at = [], 0
    for i, line in enumerate(lines[:-1]):
        end = at + len(line)
        cut = len(line) - len(line.rstrip())
        blank, following = 0, lines[i + 1]
        if not following.strip() and i + 2 < len(lines):
            # An empty line, as a page end leaves it, cuts a sentence only where the words say so.
            blank, following = len(following) + 1, lines[i + 2]
        if _goes_on(line.strip(), following.strip(), 0 if blank else width):
            lead = blank + len(following) - len(following.lstrip())
            joined = bool(re.search(r"\d$", line.strip()) and re.match(r"\d", following.strip()))
            out.append((end - cut, end + 1 + lead, "line" if joined else ""))
        at = end + 1
    return out


def _width(lines: list[str]) -> int:
    """How wide the lines of a text are that were cut to one width; 0 if they were not."""
    lengths = sorted(len(line) for line in lines if line)
    if len(lengths) < 6:
        return 0
    width = lengths[int(len(lengths) * 0.9)]
    full = sum(width - 3 <= n <= width + 1 for n in lengths)
    return width if 16 <= width <= 60 and full >= 0.25 * len(lengths) else 0


def _goes_on(line: str, following: str, width: int) -> bool:
    if not line or not following or "\t" in line + following or line[-1] in _ENDS:
        return False
    if PLAN_TITLE.fullmatch(line) or PLAN_TITLE.fullmatch(following):
        return False
    if marker_of(following)[0] and not (
        _CUT_END.search(line)
        and re.match(r"\d", following)
        and not re.match(r"\d{1,2}[、.)]", following)
    ):
        return False
    if CUT_START.match(following) or (_NUMBER_END.search(line) and _COUNTED_START.match(following)):
        return True
    heading = bool(marker_of(line)[0]) and len(line) <= 16
    if _CUT_END.search(line) and not (heading and line[-1] in "的及和与工作"):
        return not re.search(r"\d{4}年\d{1,2}月\d{1,2}$", line)
    return bool(width) and len(line) >= width - 3
