"""When a duty is due, as people say it and as it is kept: 即日起至1月31日 is issue~01-31."""

from __future__ import annotations

import re

from anyuan.obligations.reading import dates

_DAY = re.compile(r"(?<!农历)(?:(\d{4})-)?(\d{2})-(\d{2})")
_TIMES = re.compile(r"(\d{1,2}:\d{2})至(?=\d{1,2}:\d{2})")
_KEPT = re.compile(r"(?:(?:\d{4}-)?\d{2}-\d{2}|issue)(?:~(?:\d{4}-)?\d{2}-\d{2})?")
_DAY_OR_TIME = re.compile(
    r"周[一二三四五六日天]|每|次[月日周]|\d{1,2}[::点]\d{0,2}|课间|午休|[早中晚]"
)
MOST = 60  # characters


def in_words(due: str) -> str:
    """What is kept, in the words of a notice; words that were kept as they are stay."""
    said = _DAY.sub(_say_day, due.removeprefix("@").replace("issue", "即日起"))
    words = re.sub(r"(?<=[\d日起])~(?=\d)", "至", said)
    within = due.startswith("@") and _KEPT.fullmatch(due[1:]) and "~" in due
    return words + "期间" if within else words


def _say_day(day: re.Match[str]) -> str:
    year, month, of_month = day.groups()
    return (f"{year}年" if year else "") + f"{int(month)}月{int(of_month)}日"


def kept(words: str) -> str:
    """What people wrote, as it is kept: dates in figures, what comes again with @, else the words.

    :raises ValueError: too long, or nothing that says when.
    """
    said = _TIMES.sub(r"\1~", words.strip())
    if len(said) > MOST or re.search(r"[<>\x00-\x1f]", said):
        raise ValueError(said)
    if not said or said.startswith("@") or _KEPT.fullmatch(said):
        return said
    if said.endswith("期间") and (found := dates.find(said)) and not _left(said[:-2], found[0]):
        return "@" + found[0].due
    found = dates.find(said)
    if len(found) == 1 and found[0].kind != "relative" and not _left(said, found[0]):
        return found[0].due
    if _DAY_OR_TIME.search(said):
        return "@" + said
    if not re.search(r"[一-鿿]", said):
        raise ValueError(said)
    return said


def _left(said: str, due: dates.Due) -> str:
    """What the words say beside their date."""
    rest = said[: due.start] + said[due.end :]
    return re.sub(r"[\s,，。]|之?前|以前|止|完成|自|从|至|到", "", rest)
