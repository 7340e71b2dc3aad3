"""Writes a stage summary from verdicts: paragraphs whose every figure is named and can be traced. Pure values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

# What a figure without a duty of its own counts
OF_WINDOWS = {"考核期", "达标的考核期", "未知的考核期", "达标期次 ÷ 应考核期次"}
OF_RECORDS = {"记录", "补录的记录", "更正的记录"}
MEASURED = {"count", "every", "nightly", "present", "by", "within", "level", "share"}


@dataclass(frozen=True)
class Figure:
    """A number in the text, and what it counts: windows of one obligation, or rows of a list."""

    key: str
    value: str
    counts: str
    obligation_id: int | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Line:
    """One paragraph: words and figures in order; `gap` marks what is not in order."""

    parts: tuple[str | Figure, ...]
    gap: bool = False

    @property
    def text(self) -> str:
        return "".join(p if isinstance(p, str) else p.value for p in self.parts)


@dataclass(frozen=True)
class Section:
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Duty:
    """How one obligation stood: windows by verdict over the time of the summary."""

    obligation_id: int
    action: str
    measure: str
    plan: str
    counts: Counter[str]

    @property
    def closed(self) -> int:
        return sum(n for v, n in self.counts.items() if v not in {"due", "exempt"})


@dataclass
class Summary:
    title_lines: tuple[str, str]
    unit: str
    first: date
    until: date
    made_on: date
    sections: list[Section]
    figures: list[Figure] = field(default_factory=list)

    @property
    def title(self) -> str:
        return "".join(self.title_lines)


class _Writer:
    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def figure(
        self, value: object, counts: str, obligation_id: int | None = None, verdict: str = ""
    ) -> Figure:
        figure = Figure(f"F{len(self.figures) + 1:02d}", str(value), counts, obligation_id, verdict)
        self.figures.append(figure)
        return figure


def span_name(first: date, until: date) -> str:
    """2026年上半年, 2026年下半年, or the dates."""
    if (first.month, first.day, until.month, until.day) == (
        1,
        1,
        7,
        1,
    ) and first.year == until.year:
        return f"{first.year}年上半年"
    if (first.month, first.day) == (7, 1) and until == date(first.year + 1, 1, 1):
        return f"{first.year}年下半年"
    last = until - timedelta(days=1)
    return f"{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"


def summary(
    *,
    unit: str,
    campuses: int,
    plans: Sequence[str],
    duties: Sequence[Duty],
    facts: int,
    late: int,
    corrected: int,
    weakest: Sequence[tuple[str, int]],
    first: date,
    until: date,
    made_on: date,
) -> Summary:
    """Return the stage summary of a unit over [first, until). Nothing in it is said that was not counted."""
    w = _Writer()
    judged = [d for d in duties if d.measure in MEASURED and d.closed]
    sections = [
        _basics(w, unit, campuses, plans, duties, facts, late, corrected),
        _done(w, judged),
        _gaps(w, duties, weakest),
        _declared(w, [d for d in duties if d.measure not in MEASURED]),
    ]
    numbered = [
        Section(f"{'一二三四五六'[i]}、{s.heading}", s.lines)
        for i, s in enumerate(s for s in sections if s.lines)
    ]
    return Summary(
        (f"{unit}“护校安园”行动", f"{span_name(first, until)}阶段工作总结"),
        unit,
        first,
        until,
        made_on,
        numbered,
        w.figures,
    )


def _basics(
    w: _Writer,
    unit: str,
    campuses: int,
    plans: Sequence[str],
    duties: Sequence[Duty],
    facts: int,
    late: int,
    corrected: int,
) -> Section:
    names = "、".join(f"《{p}》" for p in plans)
    schools: tuple[str | Figure, ...] = (
        ("涉及学校、幼儿园 ", w.figure(campuses, "单位"), " 所，") if campuses > 1 else ()
    )
    lines = [
        Line((f"{unit}按照{names or '已采纳的方案'}开展工作，", *schools, "列入考核的职责 ", w.figure(len(duties), "职责"), " 项。")),
        Line(("本阶段共留下工作记录 ", w.figure(facts, "记录"), " 条，其中补录 ", w.figure(late, "补录的记录"), " 条、更正 ",
              w.figure(corrected, "更正的记录"), " 条。本总结的数字均由记录计算得出，附表列明出处。")),
    ]  # fmt: skip
    return Section("基本情况", tuple(lines))


def _done(w: _Writer, judged: Sequence[Duty]) -> Section:
    lines = []
    windows = sum(d.closed for d in judged)
    met = sum(d.counts["met"] for d in judged)
    if windows:
        lines.append(Line(("可计量的职责共应考核 ", w.figure(windows, "考核期"), " 期次，达标 ", w.figure(met, "达标的考核期", verdict="met"),
                           " 期次，达标率 ", w.figure(percent(met, windows), "达标期次 ÷ 应考核期次"), "。")))  # fmt: skip
    for i, d in enumerate(judged, 1):
        lines.append(Line((
            f"{i}.{d.action}：应考核 ", w.figure(d.closed, "考核期", d.obligation_id), " 期次，达标 ",
            w.figure(d.counts["met"], "达标的考核期", d.obligation_id, "met"), " 期次，达标率 ",
            w.figure(percent(d.counts["met"], d.closed), "达标期次 ÷ 应考核期次", d.obligation_id), "。")))  # fmt: skip
    return Section("完成情况", tuple(lines))


def _gaps(w: _Writer, duties: Sequence[Duty], weakest: Sequence[tuple[str, int]]) -> Section:
    lines = []
    worst = sorted(
        (d for d in duties if d.counts["short"] or d.counts["breached"]),
        key=lambda d: -(d.counts["short"] + d.counts["breached"]),
    )
    for d in worst[:12]:
        parts: list[str | Figure] = [
            f"{d.action}：欠缺 ",
            w.figure(d.counts["short"], "欠缺的考核期", d.obligation_id, "short"),
            " 期次",
        ]
        if d.counts["breached"]:
            parts += [
                "，违反 ",
                w.figure(d.counts["breached"], "违反的考核期", d.obligation_id, "breached"),
                " 期次",
            ]
        lines.append(Line((*parts, "。"), gap=True))
    unknown = [d for d in duties if d.counts["unknown"]]
    if unknown:
        total = sum(d.counts["unknown"] for d in unknown)
        lines.append(Line(("没有记录可据以判断的有 ", w.figure(total, "未知的考核期", verdict="unknown"), " 期次，涉及职责 ",
                           w.figure(len(unknown), "职责"), " 项；未知不计入达标。"), gap=True))  # fmt: skip
    shown = [(name, n) for name, n in weakest if n][:5]
    if shown:
        parts = ["欠缺较多的单位："]
        for i, (name, n) in enumerate(shown):
            parts += [("、" if i else "") + f"{name} ", w.figure(n, f"{name}欠缺的考核期"), " 期次"]
        lines.append(Line((*parts, "。"), gap=True))
    if not lines:
        lines.append(Line(("本阶段可计量的职责没有欠缺。",)))
    return Section("存在的差距", tuple(lines))


def _declared(w: _Writer, duties: Sequence[Duty]) -> Section:
    """What nobody can measure is listed as declared, apart from what was measured."""
    said = [d for d in duties if d.counts["declared"]]
    if not said:
        return Section("声明事项", ())
    return Section("声明事项", tuple(
        Line((f"{d.action}：由责任人声明落实 ", w.figure(d.counts["declared"], "声明", d.obligation_id, "declared"), " 期次，未作计量。")) for d in said
    ))  # fmt: skip


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"
