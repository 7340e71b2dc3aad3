"""Owns which deadline belongs to which act of a sentence: dates, events of the school year,
phases.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from . import dates, lexicon, measures, traps, triggers
from .measure import Measure
from .structure import Phase

RECURRING = {"shift", "day", "week", "month", "quarter", "term", "half_year", "year"}
_DUTY = re.compile("|".join(lexicon.MODALS))
_DEADLINE = re.compile(
    r"完成|上报|报送|报至|报到|报告|提交|上交|交至|交到|交给|到位|反馈|备案|建成|实现|达到|签订|制定|印发|报|送|整改"
    r"|结束|录入|配齐|安装|召开|开展|组织|检查|排查|开完|发到|发至|汇总|上传|更新|清除|做好|封存|演练|进行|举行|举办"
)
_STATE = {"rate", "people", "size", "retention", "things", "around the clock"}
_COUNTED = {"periodic", "count", "interval", "count by verb"}


def bind(text: str, found: list[Measure], phase: Phase | None, *, heads: bool) -> list[Measure]:
    """Return the measures of a sentence with its deadlines; a deadline with a deed but no measure
    is a duty itself.

    :param heads: the sentence opens its phase, whose own dates are no deadline.
    """
    if traps.is_no_duty(text):
        return found
    found = _freed(text, found)
    free = [m for m in found if m.rule == "count once"]
    rest = [m for m in found if m.rule != "count once"]
    clear = traps.blank_local(traps.blank(text))
    dues = _dates(text, phase, heads=heads)
    rest = _merged(text, free, rest)
    if dues:
        rest = [m for m in rest if m.rule != "terse periodic" or m.verb != "报"]
    moments = [
        m
        for m in triggers.moments(clear)
        if not any(d.start < m.end and m.start < d.end for d in dues)
        and not any(
            r.rule in {"lesson formula", "within", "ahead of time", "offset"}
            and r.start < m.end
            and m.start < r.end
            for r in rest
        )
    ]
    rest += _days_of_month(text, rest)
    rest, moments = _inside(text, rest, moments)
    rest = [_within_span(text, m, dues, phase) for m in rest]
    if dues:
        if _only_background(dues, free, rest):
            return _by_moment(text, moments, free, rest) if moments else rest
        rest, out = _by_date(text, dues, free, rest)
        return _by_moment(text, moments, [], rest) + out if moments else rest + out
    if moments:
        return _by_moment(text, moments, free, rest)
    if phase and phase.end and free:
        before = phase.start is None
        span = phase.end if before else f"{phase.start}~{phase.end}"
        return rest + [measures.with_due(m, span, before=before) for m in free]
    return rest + [_standing(text, m) for m in free if _asks_once(text, m)]


def _standing(text: str, m: Measure) -> Measure:
    """没有卡的,打电话确认两遍以上: each time that it happens, not once."""
    each = m.comparator != "==" and re.search(r"[的时],", text[: m.start])
    return replace(m, rule="count", period="continuous", per="次") if each else m


_DAY_OF_MONTH = re.compile(r"(?<![月\d])(?P<d>[12]?\d|3[01])日(?:之)?前(?=[^,;。]*[报交送汇])")


def _days_of_month(text: str, rest: Sequence[Measure]) -> list[Measure]:
    """每月排查一次,并于20日前上交: a day without its month is of each month."""
    if not any(m.period == "month" for m in rest):
        return []
    return [
        Measure(m.start(), m.end(), "day of month", period="month", due=f"@{int(m.group('d'))}日前")
        for m in _DAY_OF_MONTH.finditer(text)
        if not any(r.start < m.end() and m.start() < r.end for r in rest)
    ]


def _freed(text: str, found: list[Measure]) -> list[Measure]:
    """每月清查一次,春节前和开学前各加查一次: a count whose own phrase names a time is not governed
    by the period of another.
    """
    out = []
    for m in found:
        left = max(text.rfind(c, 0, m.start) for c in ",;。") + 1
        own = text[left : m.start]
        points = triggers.moments(own) or dates.find(own)
        if m.rule == "count" and 0 <= m.period_at < left and points:
            m = replace(m, rule="count once", period="once", due=None, per=None)
        out.append(m)
    return out


def _merged(text: str, free: list[Measure], rest: list[Measure]) -> list[Measure]:
    """入园后一个月内补做一次: the count is what is due within that time."""
    out = list(rest)
    for one in [m for m in rest if m.rule == "within"]:
        for m in list(free):
            if one.end <= m.start and not re.search(r"[,;。]", text[one.end : m.start]):
                free.remove(m)
                out[out.index(one)] = replace(m, rule="count", due=one.due, period="before_date")
                break
    return out


def _inside(
    text: str, rest: list[Measure], moments: list[triggers.Moment]
) -> tuple[list[Measure], list[triggers.Moment]]:
    """期满前15日内提出: a stretch that is part of a moment takes its due; 放假前3天 is none."""
    out, kept = [], list(moments)
    for m in rest:
        holding = next(
            (
                t
                for t in moments
                if t.start <= m.start < t.end and m.rule in {"within", "duration", "stretch"}
            ),
            None,
        )
        if holding is None:
            out.append(m)
        elif text[holding.end : holding.end + 1] == "内" or m.rule == "within":
            out.append(
                replace(m, rule="within", comparator="<=", due=holding.due, period="before_date")
            )
            if holding in kept:
                kept.remove(holding)
    return out, kept


def _within_span(text: str, m: Measure, dues: Sequence[dates.Due], phase: Phase | None) -> Measure:
    """What recurs within a stretch of the year (汛期(6月1日—9月15日)每天) or within its phase."""
    if m.due or m.period not in RECURRING:
        return m
    span = next((d for d in dues if d.kind == "range" and d.end <= m.start + 1), None)
    if span and not re.search(r"[;。]", text[span.end : m.start]):
        return replace(m, due="@" + span.due)
    if phase and phase.end and phase.start:
        return replace(m, due=f"{phase.start}~{phase.end}")
    return m


def _only_background(
    dues: Sequence[dates.Due], free: Sequence[Measure], rest: Sequence[Measure]
) -> bool:
    """A stretch of time within which something recurs is no deadline of its own."""
    return (
        all(d.kind == "range" for d in dues)
        and bool(rest)
        and not free
        and all(m.period in RECURRING or m.rule in {"rate", "interval"} for m in rest)
    )


def _dates(text: str, phase: Phase | None, *, heads: bool) -> list[dates.Due]:
    found = dates.find(traps.blank(_spread_months(text)))
    if heads and phase and found:
        span = f"{phase.start}~{phase.end}"
        if span.endswith(found[0].due.rpartition("~")[2]):
            found = found[1:]
    return [d for d in found if not _is_background(text, d)]


def _by_date(
    text: str, dues: Sequence[dates.Due], free: Sequence[Measure], rest: list[Measure]
) -> tuple[list[Measure], list[Measure]]:
    """Give each date the counts said after it (those before the first take the first), or make it
    a duty of its own. Return (the rest, what is due).
    """
    out: list[Measure] = []
    rest = list(rest)
    for i, due in enumerate(dues):
        until = dues[i + 1].start if i + 1 < len(dues) else len(text)
        since = 0 if i == 0 else due.start
        mine = [m for m in free if since <= m.start < until]
        out += [
            measures.with_due(m, due.due, before=due.kind in {"before", "relative"}) for m in mine
        ]
        near = [m for m in rest if due.start - 2 <= m.start < until]
        if due.kind != "range":
            # 12月底前完好率达到80%: the state is due then.
            for m in near:
                if (
                    m.rule in _STATE
                    and m.due is None
                    and (
                        re.fullmatch(r"[^,;。]*", text[due.end : m.start])
                        or (m.rule == "rate" and _TARGETS.search(text[: due.start]))
                    )
                    and due.kind == "before"
                ):
                    rest[rest.index(m)] = replace(m, due=due.due)
        if due.kind == "range":
            for m in near:
                if (
                    m.rule == "people"
                    and m.due is None
                    and not re.search(r"[;。]", text[due.end : m.start])
                ):
                    rest[rest.index(m)] = replace(m, due=due.due)
        measured = [m for m in near if m.rule in _STATE | _COUNTED]
        shared = _shared(text, due, free)
        out += shared
        if shared:
            continue
        if (
            not mine
            and not (due.kind == "range" and measured)
            and not _is_said(text, due, until, near)
        ):
            out.append(_date_measure(text, due))
    return rest, out


_TARGETS = re.compile(r"^(?:力争)?(?:到|至|在)$")  # 到10月底,…率达…, …率达…: all of them


def _shared(text: str, due: dates.Due, free: Sequence[Measure]) -> list[Measure]:
    """3月、9月各1次: a count said once for several dates."""
    return [
        measures.with_due(m, due.due, before=due.kind == "before")
        for m in free
        if due.end <= m.start
        and re.fullmatch(r"[、和及与][^,;。]*各[一-鿿]{0,4}", text[due.end : m.start])
    ]


def _is_said(text: str, due: dates.Due, until: int, near: Sequence[Measure]) -> bool:
    """A measure in the date's own phrase says what is due then."""
    stop = re.search(r"[,;。]", text[due.end :])
    phrase = due.end + stop.start() if stop else until
    if _TARGETS.search(text[: due.start]) and any(m.rule == "rate" for m in near):
        return True
    return any(m.rule in {"rate", "people", "things"} and m.start < phrase for m in near)


def _by_moment(
    text: str, moments: Sequence[triggers.Moment], free: Sequence[Measure], rest: list[Measure]
) -> list[Measure]:
    """The same for deadlines said by events (开学前, 放假前3天, 每学期末)."""
    out: list[Measure] = []
    rest = list(rest)
    used: set[int] = set()
    for i, moment in enumerate(moments):
        until = moments[i + 1].start if i + 1 < len(moments) else len(text)
        mine = [
            m
            for m in free
            if id(m) not in used
            and (moment.start <= m.start < until or (i == 0 and m.start < moment.start))
        ]
        used |= {id(m) for m in mine}
        out += [replace(m, due=moment.due, period=moment.period) for m in mine]
        told = _recurring_at(text, moment, rest)
        for m in told:
            at = moment.due if moment.due.startswith("@") else "@" + moment.due
            rest[rest.index(m)] = replace(m, due=m.due or at)
        said = text[moment.end : until]
        others = [
            m
            for m in rest
            if moment.end <= m.start < until
            and m.rule in _COUNTED
            and not re.search(r"[;。]", text[moment.end : m.start])
        ]
        inside = [m for m in rest if m.start < moment.end and moment.start < m.end]
        states = [
            m
            for m in rest
            if m.rule in _STATE
            and moment.start <= m.start < until
            and not re.search(r"[,;。]", text[moment.end : m.start])
        ]
        if mine or told or inside or states or len(said) < 4:
            continue
        if others and not _deed_between(text, moment.end, others[0].start):
            continue
        if not (_DUTY.search(text) or _DEADLINE.search(said) or lexicon.activities_in(said)):
            continue
        out.append(
            Measure(
                moment.start, moment.end, "relative deadline", due=moment.due, period=moment.period
            )
        )
    left = [m for m in free if id(m) not in used and _asks_once(text, m)]
    return rest + _each(text, moments, out) + left


def _each(text: str, moments: Sequence[triggers.Moment], out: list[Measure]) -> list[Measure]:
    """寒假前、开学前各一次: what is said once for several moments holds for each."""
    more = []
    for m in out:
        if m.rule != "count once" or not re.search(r"各[一-鿿]{0,6}$", text[: m.start]):
            continue
        left = max(text.rfind(c, 0, m.start) for c in ",;。") + 1
        more += [
            replace(m, due=t.due, period=t.period)
            for t in moments
            if left <= t.start < m.start and t.due != m.due
        ]
    return out + more


def _deed_between(text: str, start: int, end: int) -> bool:
    """Whether something else is done between a moment and the next count."""
    between = text[start:end]
    return "," in between.strip(",") and bool(lexicon.activities_in(between))


def _recurring_at(text: str, moment: triggers.Moment, rest: Sequence[Measure]) -> list[Measure]:
    """What is done each term or year at this moment (每学期开学前开展一次)."""
    return [
        m
        for m in rest
        if m.rule in {"periodic", "count"}
        and m.period in {"term", "year"}
        and abs(m.start - moment.start) < 12
    ]


def _date_measure(text: str, due: dates.Due) -> Measure:
    after = text[due.end : due.end + 30]
    vague = due.kind == "range" and bool(re.search(r"[旬初中]$", text[: due.end]))
    deadline = due.kind in {"before", "relative"} or (
        (due.kind == "on" or vague)
        and bool(re.search(r"完成|上报|报送|提交|上交|交至|到位|反馈|备案", after))
        and not re.match(r"[^,;。]{0,4}(?:召开|开展|组织|举行)", after)
    )
    return Measure(
        due.start, due.end, "date", due=due.due, period="before_date" if deadline else "once"
    )


def _is_background(text: str, due: dates.Due) -> bool:
    """A date that only tells when something was issued, happened or takes effect."""
    phrase = re.split(r"[,;。]", text[due.end :])[0] + re.split(r"[,;。]", text[: due.start])[-1]
    if (
        re.search(
            r"正式上课|开学|放(?:寒|暑)?假|报到|返校|审议通过|会议通过|首订|修订\)|有效期|扣发|期限自|出生",
            phrase,
        )
        and due.kind != "before"
    ):
        return True
    after, before = text[due.end : due.end + 16], text[: due.start]
    if re.match(
        r"[,]?(?:起|开始)?(?:施行|实施|执行|生效|印发|下发|发布|颁布|发生|召开的|以来|的|,?(?:某|我|全)?[^,]{0,10}(?:发生|召开了|下发了|印发了))",
        after,
    ):
        return True
    if (
        re.search(r"(?:截至|截止|自|从|于)$", before)
        and due.kind == "on"
        and not re.search(r"前", after[:2])
    ):
        return bool(re.search(r"起|以来|已|,共|施行|实施", after))
    if re.match(
        r"[,]?(?:\([^)]*\))?(?:上午|下午)?(?:\d{1,2}[时点:]\d{0,2}分?)?,?(?:将|学校|全校)?(?:召开|举行|举办|开展|组织|进行)(?!了|的|过)",
        text[due.end :],
    ):
        return False
    return (
        not _DUTY.search(text)
        and not _DEADLINE.search(text)
        and due.kind != "before"
        and due.kind != "range"
    )


def _asks_once(text: str, measure: Measure) -> bool:
    return measure.unit is not None and (
        measure.comparator != "=="
        or bool(
            re.search(
                r"要|应|须|必须|开展|组织|召开|举办|举行|进行|不少于|至少|制作|出|发放|布置|办",
                text,
            )
        )
    )


def _spread_months(text: str) -> str:
    """分别于6月底和12月底前 dates both months by 前; keep length."""
    return re.sub(
        r"(\d{1,2}月(?:底|末|\d{1,2}日))(和|、|及|与)(?=(?:次年)?\d{1,2}月[^,。]{0,4}前)",
        r"\1前",
        text,
    )
