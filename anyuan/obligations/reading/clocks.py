"""Owns times of day: from when to when somebody must be there, and by when something is done each day."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .measure import Measure, Period

_PART = r"(?:凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚间|晚|夜间|次日|当日|当天)?"
_AT = rf"(?P<{{0}}part>{_PART})(?P<{{0}}h>\d{{{{1,2}}}})(?::(?P<{{0}}m>\d{{{{2}}}})|[点时](?P<{{0}}half>半)?)"
_WINDOW = re.compile(_AT.format("a") + r"(?:开始)?(?:至|到|-|—|~|－|―)+" + _AT.format("b"))
_BEFORE = re.compile(_AT.format("a") + r"(?:之前|以前|前)")
_PRESENT = re.compile(
    r"值守|值班|值勤|执勤|在岗|到岗|上岗|双岗|护学|把守|站岗|维护秩序|疏导|晨检|午检|巡视|巡查|巡逻|管控"
)
_DONE = re.compile(r"到岗|上岗|到位|报|统计|点名|清点|返校|返园|核实|公布")
_NO_DUTY = re.compile(
    r"(?:放学|上学|作息|上课|下课|营业|开饭|开餐|熄灯|就寝)时间(?:为|是|:)?[^,;。]{0,4}$"
)


def find(text: str, known: Sequence[Measure], periods: Sequence[Period]) -> list[Measure]:
    """Times of day that are duties of their own: not those within which something counted already happens."""
    out: list[Measure] = []
    for pattern, words, before in ((_WINDOW, _PRESENT, ""), (_BEFORE, _DONE, "前")):
        for m in pattern.finditer(text):
            phrase = _phrase(text, m.start(), m.end())
            if not words.search(phrase[1]) or _NO_DUTY.search(text[: m.start()]) or not _is_time(m):
                continue
            if any(
                k.rule == "interval"
                or (k.period in {"day", "week", "shift"} and phrase[0] <= k.start < m.end())
                or (k.start < m.end() and m.start() < k.end)
                for k in known
            ):
                continue
            due = _clock(m, "a") + (before or "~" + _clock(m, "b"))
            if (
                out
                and not before
                and out[-1].rule == "clock window"
                and re.fullmatch(r"[、,和及与 ]{1,2}", text[out[-1].end : m.start()])
            ):
                last = out.pop()
                out.append(
                    Measure(
                        last.start, m.end(), last.rule, period=last.period, due=f"{last.due};{due}"
                    )
                )
                continue
            week = next(
                (
                    p
                    for p in reversed(periods)
                    if p.period == "week" and phrase[0] <= p.start < m.start()
                ),
                None,
            )
            slot = (week.due or "").lstrip("@") if week else ""
            out.append(
                Measure(
                    m.start(),
                    m.end(),
                    "clock time" if before else "clock window",
                    period="week" if week else "day",
                    due=f"@{slot}{due}",
                )
            )
    return out


def _phrase(text: str, start: int, end: int) -> tuple[int, str]:
    """Where the part of a sentence around a time begins, and its words; a window's act may come after a comma."""
    first = max(text.rfind(c, 0, start) for c in ";。") + 1
    last = min((i for i in (text.find(c, end) for c in ";。") if i >= 0), default=len(text))
    return first, text[max(first, start - 12) : min(last, end + 24)]


def _is_time(m: re.Match[str]) -> bool:
    hours = [int(m.group(n)) for n in ("ah", "bh") if n in m.groupdict()]
    minutes = [int(m.group(n) or 0) for n in ("am", "bm") if n in m.groupdict()]
    return all(h <= 24 for h in hours) and all(x < 60 for x in minutes)


def _clock(m: re.Match[str], side: str) -> str:
    """24-hour time: 下午4:20 is 16:20."""
    hour, minute = (
        int(m.group(side + "h")),
        int(m.group(side + "m") or (30 if m.group(side + "half") else 0)),
    )
    part = m.group(side + "part") or (m.group("apart") if side == "b" else "") or ""
    if part in {"下午", "傍晚", "晚上", "晚间", "晚"} and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute:02d}"
