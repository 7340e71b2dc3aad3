"""Owns dates in plan texts: days, months, ranges, open starts, deadlines relative to the school
year.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache

from .numerals import parse

_D = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_Y = (
    r"(?:(?P<y#>20\d\d|20[xX×*]{2}|[二〇零一二三四五六七八九]{4}"
    r"|今|明|本|当|次|翌|xx|[xX×]{2,4})年(?:度)?)?"
)
_POINT = (
    _Y
    + r"(?:(?P<m#>"
    + _D
    + r")月(?:份)?(?:(?P<d#>"
    + _D
    + r")(?:日|号)|(?P<e#>底|末|上旬|中旬|下旬|初|中)|(?![次查检巡报日号一-十\d]))"
    + r"|(?P<ye#>年底|岁末|年末))"
)
_ISO = r"(?P<iy#>20\d\d)[-./](?P<im#>\d{1,2})[-./](?P<id#>\d{1,2})日?"


def _point_pattern(i: int) -> str:
    return _POINT.replace("#", str(i))


def _iso_pattern(i: int) -> str:
    return _ISO.replace("#", str(i))


_DASH = r"(?:[-~－]{1,3}|至|到|起至|起到|开始至|开始到)"
_START = (
    r"(?:自|从)?(?:即日|(?:本)?(?:通知|方案|文件|意见|印发|下发|发布)[^,。"
    r";]{0,6}(?:下发|印发|发布|发文)?(?:之日)|印发之日|现在)(?:起|开始)?"
)
_OPEN = re.compile(
    _START
    + r"(?:,)?(?:至|到|-{1,2})\s*(?:"
    + _point_pattern(1)
    + "|"
    + _iso_pattern(1)
    + ")"
    + r"(?P<before>前|之前|以前|止)?"
)
_RANGE = re.compile(
    "(?:"
    + _point_pattern(1)
    + "|"
    + _iso_pattern(1)
    + r")(?:\s?(?:上午|下午|晚上?|早上?)?\d{1,2}[:时点]\d{0,2}分?)?(?:起|开始)?\s*"
    + _DASH
    + r"\s*(?:"
    + _point_pattern(2)
    + "|"
    + _iso_pattern(2)
    + "|"
    + r"(?P<only>"
    + _D
    + r")(?:日|号)"
    + ")"
)
_ONE = re.compile(
    "(?:"
    + _point_pattern(1)
    + "|"
    + _iso_pattern(1)
    + r")(?P<before>\s*(?:(?:上午|下午|晚)?(?:\d{1,2}(?:[:时点]\d{0,2})?分?|下班|中午)?"
    r"(?:之前|以前|前)|止|底前|为止|截止))?(?P<since>起|开始|后)?"
)
_DOTTED = re.compile(
    r"(?<![\d.])(?P<m1>1[0-2]|[1-9])\.(?P<d1>3[01]|[12]\d|[1-9])\s?"
    + _DASH
    + r"\s?(?P<m2>1[0-2]|[1-9])\.(?P<d2>3[01]|[12]\d|[1-9])"
    r"(?![\d.%]|\s?(?:米|厘米|小时|倍|公里|元|m|分|万|吨|级))"
)
_MONTHS = re.compile(
    r"(?<![\d.年])(?P<a>1[0-2]|[1-9])\s?(?:-|~|至|到)\s?(?P<b>1[0-2]|[1-9])月(?:份)?(?!\d)"
)
_DAYS = re.compile(
    r"(?P<y>20\d\d年)?(?P<m>1[0-2]|[1-9])月(?P<a>3[01]|[12]?\d)\s?(?:-|~|至|到)+\s?(?P<b>3[01]|[12]?\d)[日号]"
)
_PERIOD_WORD = re.compile(r"(?:每|逐|本|上|下)(?:年|学年)?$")

RELATIVE = re.compile(
    r"(?:每(?:个)?|各|本|新|下|秋季|春季|春秋季)?(?:学期|学年)?(?:开学|学期初|学期末|期末|期初|学期结束|学期开学)(?:考试)?(?:前|后|初|时|之前|之后)?(?:(?P<n>\d{1,2}|[一二两三四五六七八九十]+)(?:个)?(?P<u>天|日|周|个?工作日|星期|月)(?:内|之内|以内)?|(?P<w>第[一二三]周)|当天|一周)?(?:内|前)?"
    r"|(?:本周|本月|本学期)(?:内|底前|末前)|月底前|(?:每逢|每个|逢|各|重大|重要|法定)*(?:节假日|寒暑假|寒假|暑假|长假|节日|假期|假日|放假|节前|双休日|汛期|高考|中考|国庆|元旦|春节|五一|重大活动)(?:放假|来临|到来|开始|结束|期间)*(?:之前|以前|前|后)(?:夕|(?P<n2>\d{1,2}|[一二两三四五六七八九十]+)(?:个)?(?:天|日|周|个?工作日))?"
)
ISSUE = "issue"


@dataclass(frozen=True)
class Due:
    """`due` in the exchange form: `MM-DD`, `YYYY-MM-DD`, `A~B`, words; `deadline` if the text says
    before or by.
    """

    start: int
    end: int
    due: str
    kind: str  # "range", "before", "on", "relative"
    masked: bool = False


_LUNAR = re.compile(
    r"(?:农历)?(?P<m>正月|腊月|冬月|(?<=农历)[二三四五六七八九十]月)(?P<d>三十|二十[一二三四五六七八九]?|廿[一二三四五六七八九]?|十[一二三四五六七八九]?|初?[一二三四五六七八九十])(?P<before>之?前)?"
)
_LUNAR_MONTHS = {"正月": 1, "冬月": 11, "腊月": 12}


def _lunar(match: re.Match[str]) -> Due | None:
    day = parse(match.group("d").removeprefix("初"))
    named = match.group("m")
    month = _LUNAR_MONTHS.get(named) or parse(named.removesuffix("月"))
    if not day or not month:
        return None
    kind = "before" if match.group("before") else "on"
    return Due(match.start(), match.end(), f"农历{int(month):02d}-{int(day):02d}", kind)


def find(text: str) -> list[Due]:
    """Return dates in the text, longest first at each place, none overlapping."""
    return list(_found(text))


@lru_cache(maxsize=256)
def _found(text: str) -> list[Due]:
    if not any(c in text for c in "月年/日") and not re.search(r"\d[-.]\d", text):
        return []
    out: list[Due] = []
    taken: list[tuple[int, int]] = []
    for pattern, build in (
        (_LUNAR, _lunar),
        (_DAYS, _days),
        (_MONTHS, _months),
        (_OPEN, _open),
        (_DOTTED, _dotted),
        (_RANGE, _range),
        (_ONE, _single),
    ):
        for match in pattern.finditer(text):
            if any(s < match.end() and match.start() < e for s, e in taken):
                continue
            if _PERIOD_WORD.search(text[: match.start()]):
                continue
            due = build(match)
            if due is not None:
                out.append(due)
                taken.append((match.start(), match.end()))
    return sorted(out, key=lambda d: d.start)


def relative(text: str) -> list[Due]:
    """Return deadlines said in words of the school year (开学前, 放假前, 开学后14天)."""
    out = []
    for match in RELATIVE.finditer(text):
        words = match.group()
        if not words.endswith(("前", "后", "内", "末", "初", "夕")) and not re.search(
            r"\d|[一二三]周", words
        ):
            continue
        # 开学前后 is a time of year and 放假后要继续 a state; neither is a deadline.
        if (
            text[match.end() : match.end() + 1] == "后"
            or (words.endswith("放假后") and not re.search(r"\d", words))
            or (words.endswith("初") and text.startswith("学生", match.end()))
        ):
            continue
        out.append(Due(match.start(), match.end(), words, "relative"))
    return out


def _open(match: re.Match[str]) -> Due | None:
    end = _point(match, 1, last=True)
    return (
        Due(match.start(), match.end(), f"{ISSUE}~{end}", "range", _masked(match.group()))
        if end
        else None
    )


def _days(match: re.Match[str]) -> Due:
    """4月25—30日."""
    year = f"{match.group('y')[:4]}-" if match.group("y") else ""
    month, first, last = (int(match.group(g)) for g in ("m", "a", "b"))
    span = f"{year}{month:02d}-{first:02d}~{year}{month:02d}-{last:02d}"
    return Due(match.start(), match.end(), span, "range")


def _months(match: re.Match[str]) -> Due:
    first, last = int(match.group("a")), int(match.group("b"))
    end = monthrange(2023, last)[1]
    return Due(match.start(), match.end(), f"{first:02d}-01~{last:02d}-{end:02d}", "range")


def _dotted(match: re.Match[str]) -> Due:
    m1, d1, m2, d2 = (int(match.group(g)) for g in ("m1", "d1", "m2", "d2"))
    return Due(match.start(), match.end(), f"{m1:02d}-{d1:02d}~{m2:02d}-{d2:02d}", "range")


def _range(match: re.Match[str]) -> Due | None:
    start = _point(match, 1, last=False)
    if match.group("only"):
        day = parse(match.group("only"))
        end = f"{start[:-2]}{int(day):02d}" if start and day and 1 <= day <= 31 else None
    else:
        end = _point(match, 2, last=True)
    if not start or not end:
        return None
    if len(start) > len(end) and end >= start[5:]:
        end = start[:5] + end
    elif len(start) > len(end):
        start = start[5:]
    return Due(match.start(), match.end(), f"{start}~{end}", "range", _masked(match.group()))


def _single(match: re.Match[str]) -> Due | None:
    group = match.groupdict()
    whole_month = not (group.get("d1") or group.get("id1") or group.get("e1") or group.get("ye1"))
    if group.get("since"):
        start = _point(match, 1, last=False)
        open_ended = group["since"] == "起" and (group.get("d1") or group.get("id1")) and start
        return Due(match.start(), match.end(), f"{start}~", "range") if open_ended else None
    before = bool(group.get("before"))
    tail = group.get("e1") or group.get("ye1")
    if whole_month and not before:
        if not group.get("m1"):
            return None
        start, end = _point(match, 1, last=False), _point(match, 1, last=True)
        return (
            Due(match.start(), match.end(), f"{start}~{end}", "range", _masked(match.group()))
            if start and end
            else None
        )
    if tail in {"上旬", "中旬", "下旬", "初", "中"} and not before:
        start, end = _point(match, 1, last=False), _point(match, 1, last=True)
        return (
            Due(match.start(), match.end(), f"{start}~{end}", "range", _masked(match.group()))
            if start and end
            else None
        )
    due = _point(match, 1, last=False) if before and whole_month else _point(match, 1, last=True)
    kind = "before" if before or tail else "on"
    return Due(match.start(), match.end(), due, kind, _masked(match.group())) if due else None


def _masked(text: str) -> bool:
    return bool(re.search(r"20[xX×*]{2}|[xX×]{2,4}年", text))


def _point(match: re.Match[str], i: int, *, last: bool) -> str | None:
    group = match.groupdict()
    if group.get(f"im{i}"):
        return _join(int(group[f"iy{i}"]), int(group[f"im{i}"]), int(group[f"id{i}"]))
    year_text = group.get(f"y{i}")
    value = parse(year_text) if year_text and "x" not in year_text.lower() else None
    year = int(value) if value and value > 1900 else None
    if group.get(f"ye{i}"):
        return _join(year, 12, 31)
    month_value = parse(group[f"m{i}"] or "")
    if month_value is None or not 1 <= month_value <= 12:
        return None
    month = int(month_value)
    end_of_month = monthrange(year or 2023, month)[1]
    tail = group.get(f"e{i}")
    if group.get(f"d{i}"):
        day_value = parse(group[f"d{i}"] or "")
        if day_value is None or not 1 <= day_value <= 31:
            return None
        return _join(year, month, int(day_value))
    first, final = {
        "上旬": (1, 10),
        "初": (1, 10),
        "中旬": (11, 20),
        "中": (11, 20),
        "下旬": (21, end_of_month),
    }.get(tail or "", (1, end_of_month))
    if tail in {"底", "末"}:
        first = end_of_month
    return _join(year, month, final if last else first)


def _join(year: int | None, month: int, day: int) -> str | None:
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}" if year else f"{month:02d}-{day:02d}"
