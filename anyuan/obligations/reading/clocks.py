"""Owns times of day: from when to when somebody must be there, and by when something is done each
day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .measure import Measure, Period
from .numerals import parse

_PART = (
    r"(?:凌晨|清晨|早上|早晨|早|上午|中午|午间|午|下午|傍晚|晚上|晚间|夜间|晚|夜|次日|当日|当天|第二天"
    r"|翌日|每晚|每早)*"
)
_CN = "一二两三四五六七八九十零〇"
_AT = (
    rf"(?P<{{0}}part>{_PART})[(]?"
    r"(?:(?P<{0}h>\d{{1,2}})(?::(?P<{0}m>[0-5]\d)(?:分|\s?(?:AM|PM|am|pm))?"
    r"|点(?:钟|整)?(?:(?P<{0}half>半)|(?P<{0}m2>\d{{1,2}})分?)?"
    r"|时(?!间|段|期|候|代|刻|常)(?:(?P<{0}m3>\d{{1,2}})分)?)"
    rf"|(?P<{{0}}hc>十[一二]?|[一二两三四五六七八九])(?:点(?:钟|整)?"
    r"|时(?=前|之前|以前|至|到|-|~|半|整|[二三四五]?十[一二三四五六七八九]?分))整?"
    rf"(?:(?P<{{0}}half2>半)|(?P<{{0}}mc>[{_CN}]{{{{1,3}}}})分?)?)"
)
_TO = r"(?:开始)?\s?(?:至|到|-|—|~|直到)+\s?"
_WINDOW = re.compile(_AT.format("a") + _TO + _AT.format("b"))
_DOTTED = re.compile(
    rf"(?P<apart>{_PART})(?P<ah>\d{{1,2}})[.](?P<am>[0-5]\d)\s?(?:至|到|-|~)+\s?"
    rf"(?P<bpart>{_PART})(?P<bh>\d{{1,2}})[.](?P<bm>[0-5]\d)(?![\d.%])"
)
_BARE = re.compile(
    r"(?P<apart>早上|早晨|早|上午|中午|午间|下午|晚上|晚):?(?P<ah>\d{1,2})(?P<am>[0-5]\d)"
    r"\s?(?:至|到|-|~)+\s?(?P<bpart>)(?P<bh>\d{1,2})(?P<bm>[0-5]\d)(?!\d)"
)
_POINT = re.compile(_AT.format("a") + r"(?P<before>之前|以前|前)?")
_DATED = re.compile(r"\d{1,2}[日号]\s?(?:上午|下午|晚上?|早上?)?$|-\d{1,2}\s$")
# What is done at a time of day. A time without any of these only tells a timetable.
_DEED = re.compile(
    r"值守|进班|到班|跟班|值班|值勤|值宿|值夜|值日|执勤|在岗|到岗|上岗|双岗|单岗|护学|护校|把守|站岗|秩序|疏导|晨检|午检"
    r"|巡|管控|到位|报|统计|点名|清点|返校|返园|核实|公布|到校|入校|到园|锁|关闭|关[一-鿿]{0,2}门|开[一-鿿]{0,2}门|送电|断电|开餐|开启|开放|关好"
    r"|清校|静校|查|检|迎|清理|打扫|清扫|消毒|交接|交班|接班|熄灯|就寝|回寝|返回|到达|到场|离开|集合|发车"
    r"|上交|交到|汇总|送|组织|护送|引导|监督|监护|看护|陪|辅导|会客|探视|来访|劝离|午休|起床|守|上班|待命"
    r"|劝阻|出校|进出|(?<=\d)[开关撤](?=[,;。]|$)"
)
_NO_DUTY = re.compile(
    r"(?:放学|上学|作息|上课|下课|营业|开饭|开餐|熄灯|就寝|活动|教学)时间(?:为|是|:|安排)*[^,;。]{0,6}$"
)
_ONE_POINT = re.compile(r"[一两]点")  # 漏打一点, 下车一点: of a list, not of the day
_KIND = re.compile(r"小学|初中|高中|中学|幼儿园|年级")  # another kind of school, another duty
_RATIO = re.compile(r"比[^,;。\d]{0,6}$")  # 师幼比不低于1:15 is no time
_PM = re.compile(r"下午|傍晚|晚")
_NIGHTLY = re.compile(r"夜|凌晨|晚|熄灯|次日|早|晨|上午|起床|睡")


@dataclass(frozen=True)
class Clock:
    """A time or a stretch of the day; `due` in the exchange form without @."""

    start: int
    end: int
    due: str
    window: bool


def clocks(text: str) -> list[Clock]:
    """Return the times of day of a sentence; windows and points said in a row are one."""
    found: list[Clock] = []
    for pattern in (_WINDOW, _DOTTED, _BARE, _POINT):
        for m in pattern.finditer(text):
            if any(c.start < m.end() and m.start() < c.end for c in found):
                continue
            if _DATED.search(text[: m.start()]) or _RATIO.search(text[: m.start()]):
                continue
            clock = _clock(text, m)
            if clock is not None:
                found.append(clock)
    return _rows(text, _later(text, sorted(found, key=lambda c: c.start)))


def _later(text: str, found: list[Clock]) -> list[Clock]:
    """晚上十点半开始…,十一点后: a time that goes on from one of the evening is of the evening."""
    out: list[Clock] = []
    for clock in found:
        last = out[-1].due[:2] if out else ""
        hour = int(clock.due[:2])
        bare = re.match(r"\d|[一二三四五六七八九十]", text[clock.start])
        if (
            last.isdigit()
            and int(last) >= 18
            and bare
            and not clock.window
            and hour < 12
            and hour + 12 > int(last)
        ):
            clock = replace(clock, due=f"{hour + 12:02d}{clock.due[2:]}")
        out.append(clock)
    return out


def _clock(text: str, m: re.Match[str]) -> Clock | None:
    group = m.groupdict()
    first = _time(text, m, "a", "")
    if first is None or _ONE_POINT.fullmatch(m.group()):
        return None
    if "bh" not in group:
        return Clock(m.start(), m.end(), first, False)
    second = _time(text, m, "b", group.get("apart") or "")
    if second is None:
        return None
    if "次日" in (group.get("bpart") or "") and second >= first:
        second = "次日" + second
    return Clock(m.start(), m.end(), f"{first}~{second}", True)


def _time(text: str, m: re.Match[str], side: str, inherited: str) -> str | None:
    """24-hour time: 下午4:20 is 16:20; None if it is none."""
    group = m.groupdict()
    hour_words = group.get(side + "h") or group.get(side + "hc") or ""
    hour = parse(hour_words)
    minute: float | None = 0
    for name in ("m", "m2", "m3", "mc"):
        if group.get(side + name):
            minute = parse(group[side + name] or "")
    if group.get(side + "half") or group.get(side + "half2"):
        minute = 30
    if hour is None or minute is None or hour > 24 or minute > 59:
        return None
    part = group.get(side + "part") or inherited or _part_before(text, m.start())
    return f"{_of_day(int(hour), part, text):02d}:{int(minute):02d}"


def _part_before(text: str, at: int) -> str:
    """下午:第一班次4:00: the part of the day said shortly before."""
    near = re.split(r"[;。]", text[max(0, at - 10) : at])[-1]
    found = re.findall(r"凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚自[习修]", near)
    return found[-1] if found and not re.search(r"\d", near.split(found[-1])[-1]) else ""


def _of_day(hour: int, part: str, text: str) -> int:
    if _PM.search(part) and "次日" not in part:
        return hour + 12 if (5 if "晚" in part else 1) <= hour < 12 else hour
    if re.search(r"夜", part):
        return hour + 12 if 7 <= hour < 12 else hour
    if "中午" in part or "午间" in part or part == "午":
        return hour + 12 if hour <= 3 else hour
    if not part and 1 <= hour <= 4 and not _NIGHTLY.search(text):
        return hour + 12
    if not part and hour == 5 and re.search(r"放学|离校|离园|下班|清校", text):
        return hour + 12
    return hour


def _rows(text: str, found: list[Clock]) -> list[Clock]:
    """Join times in a row: 7:00—8:00、16:00—17:00 is one; 7:40开门,8:30关门 is one window."""
    out: list[Clock] = []
    for clock in found:
        last = out[-1] if out else None
        between = text[last.end : clock.start] if last else ""
        if (
            last
            and last.window == clock.window
            and re.fullmatch(r"\s?[、,;和及与/ ]{1,2}(?:[一-鿿]{1,4}:?)?", between)
            and not _DEED.search(between)
            and not _KIND.search(between)
        ):
            out[-1] = Clock(last.start, clock.end, f"{last.due};{clock.due}", last.window)
        elif (
            last
            and not last.window
            and not clock.window
            and re.fullmatch(r"(?:准时)?(?:到岗?|上岗|开|起)[,、;和]", between)
            and re.match(r"(?:准时)?(?:关|锁|撤|离岗|收岗|下岗|止)", text[clock.end :])
        ) or (
            last
            and not last.window
            and re.fullmatch(r"(?:准时)?(?:开(?:校|园|大)?门|开启|打开[^,]{0,4})[,、;和]", between)
            and re.match(r"(?:准时)?(?:关|锁)", text[clock.end :])
        ):
            out[-1] = Clock(last.start, clock.end, f"{last.due}~{clock.due}", True)
        else:
            out.append(clock)
    return out


def attach(
    text: str, known: Sequence[Measure], periods: Sequence[Period], *, on_duty: bool
) -> list[Measure]:
    """Give the measures of a sentence their times of day; a time with a deed but no measure is a
    duty of its own.

    :param on_duty: heading or title speak of being on duty, so that bare times are duties.
    """
    out = list(known)
    for clock in clocks(text):
        left, right = _phrase(text, clock.start, clock.end)
        mine = [i for i, k in enumerate(out) if left <= k.start < right and _can_have(k)]
        if not mine and not _DEED.search(text[left:right]):
            after = _next_phrase(text, right)
            mine = [i for i, k in enumerate(out) if right <= k.start < after and _can_have(k)]
        if mine:
            for i in mine:
                out[i] = _timed(out[i], clock)
            continue
        if any(k.start < clock.end and clock.start < k.end for k in out):
            continue
        posted = [
            i
            for i, k in enumerate(out)
            if k.rule == "posted" and k.due is None and text[k.end : left] in {",", ";"}
        ]
        if posted and "岗" in text[left:right]:
            out[posted[-1]] = _timed(out[posted[-1]], clock)
            continue
        told = (
            text[max(0, left - 14) : _next_phrase(text, right)]
            if left
            else text[left : _next_phrase(text, right)]
        )
        if _NO_DUTY.search(text[: clock.start]) or not (on_duty or _DEED.search(told)):
            continue
        out.append(_own(text, clock, periods, left))
    return _otherwise(text, out)


def _otherwise(text: str, known: list[Measure]) -> list[Measure]:
    """7:00—19:00双岗,其余时间单岗: the rest of the day."""
    out = []
    for k in known:
        left, _ = _phrase(text, k.start, k.end)
        said = next(
            (
                o.due
                for o in known
                if o.start < k.start and re.fullmatch(r"@\d\d:\d\d~\d\d:\d\d", o.due or "")
            ),
            None,
        )
        if said and re.search(r"(?:其余|其他|其它)时(?:间|段)", text[left : k.start]):
            first, last = said.removeprefix("@").split("~")
            k = replace(k, due=f"@{last}~{first}", period="day")
        out.append(k)
    return out


def _can_have(k: Measure) -> bool:
    if k.due and re.search(r"\d:\d", k.due):
        return False
    return k.rule in {"people", "posted", "interval", "around the clock"} or (
        k.period in {"day", "shift", "week"} and k.rule != "offset"
    )


def _timed(k: Measure, clock: Clock) -> Measure:
    weekday = re.match(r"@周[一二三四五六日天](?!~)", k.due or "")
    due = f"{weekday.group() if weekday else '@'}{clock.due}"
    period = "day" if k.rule in {"people", "posted"} and k.period == "continuous" else k.period
    return replace(k, due=due, period=period)


def _own(text: str, clock: Clock, periods: Sequence[Period], left: int) -> Measure:
    week = next(
        (p for p in reversed(periods) if p.period == "week" and left <= p.start < clock.start), None
    )
    slot = re.match(r"@(周[一二三四五六日天])(?!~)", (week.due or "") if week else "")
    return Measure(
        clock.start,
        clock.end,
        "clock window" if clock.window else "clock time",
        period="week" if week else "day",
        due=f"@{slot.group(1) if slot else ''}{clock.due}",
    )


def _phrase(text: str, start: int, end: int) -> tuple[int, int]:
    left = max(text.rfind(c, 0, start) for c in ",;。") + 1
    right = min((i for i in (text.find(c, end) for c in ",;。") if i >= 0), default=len(text))
    return left, right


def _next_phrase(text: str, right: int) -> int:
    return min((i for i in (text.find(c, right + 1) for c in ",;。") if i >= 0), default=len(text))


def of_weekday(words: str) -> str:
    """Return 周五下午4:00 as 周五16:00; the words if they name no time."""
    day = re.match(r"周[一二三四五六日天]", words)
    found = clocks(words)
    return f"{day.group()}{found[0].due}" if day and found else words
