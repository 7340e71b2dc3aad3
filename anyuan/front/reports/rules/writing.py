"""Writes a stage summary from what was counted: nothing in it is said that was not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from .gaps import NAMED, Duty, makes_known, short_lines, unknown_lines, worst
from .parts import (
    OF_DUTIES,
    OF_UNITS,
    Line,
    Parts,
    Section,
    Summary,
    Writer,
    listed,
    percent,
    span_name,
)
from .works import Work
from .works import sections as work_sections

MEASURED = {"count", "every", "nightly", "present", "by", "within", "level", "share"}
_NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Ahead:
    """What is open: a duty that falls due on a day, or what a meeting decided."""

    what: str
    due: date
    who: str = ""


@dataclass(frozen=True)
class Counted:
    """All that a summary over [first, until) is made from; `weakest`: units by how many windows
    they left short.
    """

    unit: str
    campuses: int
    plans: Sequence[str]
    duties: Sequence[Duty]
    facts: int
    late: int
    corrected: int
    weakest: Sequence[tuple[int, str, int]]
    first: date
    until: date
    made_on: date
    works: Sequence[Work] = field(default=())
    ahead: Sequence[Ahead] = field(default=())


def summary(counted: Counted) -> Summary:
    """Return the stage summary of a unit."""
    w = Writer()
    measured = [d for d in counted.duties if d.measure in MEASURED]
    judged = [d for d in measured if d.closed]
    basics = _basics(w, counted, judged)
    groups = work_sections(w, counted.works)
    rest = [
        _done(w, judged),
        _declared(w, counted.duties),
        _gaps(w, measured, counted.weakest),
        _next_steps(counted, measured),
    ]
    title = f"{span_name(counted.first, counted.until)}阶段工作总结"
    return Summary(
        (f"{counted.unit}“护校安园”行动", title),
        counted.unit,
        counted.first,
        counted.until,
        counted.made_on,
        _numbered(basics, groups, rest),
        w.figures,
    )


def _numbered(basics: Section, groups: Sequence[Section], rest: Sequence[Section]) -> list[Section]:
    """一、… with （一）… below it; a section of nothing is left out."""
    tops: list[tuple[Section, Sequence[Section]]] = [(basics, ())]
    if groups:
        tops.append((Section("主要做法", ()), groups))
    tops += [(s, ()) for s in rest if s.lines]
    out = []
    for number, (top, below) in zip(_NUMBERS, tops, strict=False):
        out.append(Section(f"{number}、{top.heading}", top.lines))
        out += [
            Section(f"（{n}）{s.heading}", s.lines, level=2)
            for n, s in zip(_NUMBERS, below, strict=False)
        ]
    return out


def _basics(w: Writer, counted: Counted, judged: Sequence[Duty]) -> Section:
    names = "、".join(f"《{p}》" for p in counted.plans)
    schools: Parts = ()
    if counted.campuses > 1:
        schools = ("涉及学校、幼儿园", w.figure(counted.campuses, OF_UNITS), "所，")
    owed = Line(
        (
            f"{counted.unit}按照{names or '已审定执行的方案'}开展工作，",
            *schools,
            "列入考核的职责",
            w.figure(len(counted.duties), OF_DUTIES),
            "项。",
        )
    )
    recorded = Line(
        (
            "本阶段共留下工作记录",
            w.figure(counted.facts, "记录"),
            "条，其中补录",
            w.figure(counted.late, "补录的记录"),
            "条、更正",
            w.figure(counted.corrected, "更正的记录"),
            "条。本总结的数字均由记录计算得出，附表列明出处。",
        )
    )
    return Section("基本情况", (owed, recorded, *_rate(w, judged)))


def _rate(w: Writer, judged: Sequence[Duty]) -> list[Line]:
    windows = sum(d.closed for d in judged)
    met = sum(d.counts["met"] for d in judged)
    if not windows:
        return []
    return [
        Line(
            (
                "可计量的职责共应考核",
                w.figure(windows, "考核期"),
                "项次，达标",
                w.figure(met, "达标的考核期", verdict="met"),
                "项次，达标率",
                w.figure(percent(met, windows), "达标项次 ÷ 应考核项次"),
                "。",
            )
        )
    ]


def _done(w: Writer, judged: Sequence[Duty]) -> Section:
    lines = []
    for i, d in enumerate(judged, 1):
        of = {"obligation_id": d.obligation_id}
        share = percent(d.counts["met"], d.closed)
        lines.append(
            Line(
                (
                    f"{i}.{d.action}：应考核",
                    w.figure(d.closed, "考核期", **of),
                    "项次，达标",
                    w.figure(d.counts["met"], "达标的考核期", verdict="met", **of),
                    "项次，达标率",
                    w.figure(share, "达标项次 ÷ 应考核项次", **of),
                    "。",
                )
            )
        )
    return Section("职责完成情况", tuple(lines))


def _gaps(w: Writer, duties: Sequence[Duty], weakest: Sequence[tuple[int, str, int]]) -> Section:
    lines = [*short_lines(w, duties), *unknown_lines(w, duties), *_weakest(w, weakest)]
    return Section("存在问题", tuple(lines) or (Line(("本阶段可计量的职责没有欠缺。",)),))


def _weakest(w: Writer, weakest: Sequence[tuple[int, str, int]]) -> list[Line]:
    named = [found for found in weakest if found[2]][:NAMED]
    each = [
        (name, w.figure(n, f"{name}欠缺的考核期", unit_id=pk, verdict="missed"), "项次")
        for pk, name, n in named
    ]
    return [Line(("欠缺较多的单位：", *listed(each), "。"), gap=True)] if each else []


def _declared(w: Writer, duties: Sequence[Duty]) -> Section:
    """What nobody can measure is listed as declared, or as not declared, apart from what was
    measured.
    """
    rest = [d for d in duties if d.measure not in MEASURED]
    lines = [
        Line(
            (
                f"{d.action}：由责任人报告落实",
                w.figure(
                    d.counts["declared"],
                    "声明",
                    obligation_id=d.obligation_id,
                    verdict="declared",
                ),
                "项次，未作计量。",
            )
        )
        for d in rest
        if d.counts["declared"]
    ]
    silent = sum(d.counts["short"] for d in rest)
    if silent:
        said = w.figure(silent, "到期未报告的事项", verdict="short")
        lines.append(Line(("到期未报告落实的有", said, "项次。"), gap=True))
    return Section("报告落实事项", tuple(lines))


MOST_AHEAD = 10  # open matters that a summary names; our own bound


def _next_steps(counted: Counted, duties: Sequence[Duty]) -> Section:
    """From what is open: gaps to close, what is unknown, what falls due, what was decided."""
    lines = []
    first = worst(duties)[:3]
    if first:
        names = "、".join(f"“{d.action}”" for d in first)
        lines.append(Line((f"补齐欠缺：对{names}等职责逐校限期补齐，完成情况留下记录。",)))
    if known := makes_known(duties):
        lines.append(Line((f"查清未知：{'；'.join(known)}。",)))
    for a in sorted(counted.ahead, key=lambda a: a.due)[:MOST_AHEAD]:
        who = f"（{a.who}）" if a.who else ""
        lines.append(Line((f"{a.due.month}月{a.due.day}日前：{a.what}{who}。",)))
    numbered = (Line((f"{i}.{line.text}",)) for i, line in enumerate(lines, 1))
    return Section("下一步打算", tuple(numbered))
