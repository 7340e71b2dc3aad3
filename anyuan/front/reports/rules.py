"""Writes a stage summary from verdicts: paragraphs whose every figure is named and can be traced.

Pure values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

# What a figure without a duty of its own counts
OF_WINDOWS = {"考核期", "达标的考核期", "未知的考核期", "达标项次 ÷ 应考核项次"}
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
    reason: str = ""  # of the verdict; empty: any


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
class Why:
    """How many windows have a verdict for one reason: its code, and its words."""

    verdict: str
    reason: str
    words: str
    windows: int


@dataclass(frozen=True)
class Duty:
    """How one obligation stood: windows by verdict over the time of the summary."""

    obligation_id: int
    action: str
    measure: str
    plan: str
    counts: Counter[str]
    why: tuple[Why, ...] = ()

    @property
    def closed(self) -> int:
        return sum(n for v, n in self.counts.items() if v not in {"due", "exempt"})


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
    weakest: Sequence[tuple[str, int]]
    first: date
    until: date
    made_on: date


@dataclass
class Summary:
    title_lines: tuple[str, str]
    unit: str
    first: date
    until: date
    made_on: date
    sections: list[Section]
    figures: list[Figure] = field(default_factory=list)
    code: str = ""  # where the chain of rows stood when it was made

    @property
    def title(self) -> str:
        return "".join(self.title_lines)


class _Writer:
    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def figure(
        self,
        value: object,
        counts: str,
        obligation_id: int | None = None,
        verdict: str = "",
        reason: str = "",
    ) -> Figure:
        key = f"F{len(self.figures) + 1:02d}"
        figure = Figure(key, str(value), counts, obligation_id, verdict, reason)
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


def summary(counted: Counted) -> Summary:
    """Return the stage summary of a unit. Nothing in it is said that was not counted."""
    w = _Writer()
    judged = [d for d in counted.duties if d.measure in MEASURED and d.closed]
    sections = [
        _basics(w, counted),
        _done(w, judged),
        _gaps(w, [d for d in counted.duties if d.measure in MEASURED], counted.weakest),
        _declared(w, counted.duties),
    ]
    numbered = [
        Section(f"{'一二三四五六'[i]}、{s.heading}", s.lines)
        for i, s in enumerate(s for s in sections if s.lines)
    ]
    return Summary(
        (f"{counted.unit}“护校安园”行动", f"{span_name(counted.first, counted.until)}阶段工作总结"),
        counted.unit,
        counted.first,
        counted.until,
        counted.made_on,
        numbered,
        w.figures,
    )


def _basics(w: _Writer, counted: Counted) -> Section:
    names = "、".join(f"《{p}》" for p in counted.plans)
    schools: tuple[str | Figure, ...] = ()
    if counted.campuses > 1:
        schools = ("涉及学校、幼儿园 ", w.figure(counted.campuses, "单位"), " 所，")
    owed = Line(
        (
            f"{counted.unit}按照{names or '已审定执行的方案'}开展工作，",
            *schools,
            "列入考核的职责 ",
            w.figure(len(counted.duties), "职责"),
            " 项。",
        )
    )
    recorded = Line(
        (
            "本阶段共留下工作记录 ",
            w.figure(counted.facts, "记录"),
            " 条，其中补录 ",
            w.figure(counted.late, "补录的记录"),
            " 条、更正 ",
            w.figure(counted.corrected, "更正的记录"),
            " 条。本总结的数字均由记录计算得出，附表列明出处。",
        )
    )
    return Section("基本情况", (owed, recorded))


def _done(w: _Writer, judged: Sequence[Duty]) -> Section:
    lines = []
    windows = sum(d.closed for d in judged)
    met = sum(d.counts["met"] for d in judged)
    if windows:
        lines.append(
            Line(
                (
                    "可计量的职责共应考核 ",
                    w.figure(windows, "考核期"),
                    " 项次，达标 ",
                    w.figure(met, "达标的考核期", verdict="met"),
                    " 项次，达标率 ",
                    w.figure(percent(met, windows), "达标项次 ÷ 应考核项次"),
                    "。",
                )
            )
        )
    for i, d in enumerate(judged, 1):
        lines.append(
            Line(
                (
                    f"{i}.{d.action}：应考核 ",
                    w.figure(d.closed, "考核期", d.obligation_id),
                    " 项次，达标 ",
                    w.figure(d.counts["met"], "达标的考核期", d.obligation_id, "met"),
                    " 项次，达标率 ",
                    w.figure(
                        percent(d.counts["met"], d.closed), "达标项次 ÷ 应考核项次", d.obligation_id
                    ),
                    "。",
                )
            )
        )
    return Section("完成情况", tuple(lines))


LISTED = 12  # duties with gaps that a summary names, the worst first


def _gaps(w: _Writer, duties: Sequence[Duty], weakest: Sequence[tuple[str, int]]) -> Section:
    lines = [
        *_short_lines(w, duties),
        *_unknown_lines(w, duties),
        *_weakest_lines(w, weakest),
    ]
    return Section("存在的差距", tuple(lines) or (Line(("本阶段可计量的职责没有欠缺。",)),))


def _short_lines(w: _Writer, duties: Sequence[Duty]) -> list[Line]:
    missed = lambda d: d.counts["short"] + d.counts["breached"]  # noqa: E731
    worst = sorted(filter(missed, duties), key=missed, reverse=True)[:LISTED]
    lines = []
    for d in worst:
        parts: list[str | Figure] = [
            f"{d.action}：欠缺 ",
            w.figure(d.counts["short"], "欠缺的考核期", d.obligation_id, "short"),
            " 项次",
            *_because(w, d, "short"),
        ]
        if d.counts["breached"]:
            parts += [
                "，违反 ",
                w.figure(d.counts["breached"], "违反的考核期", d.obligation_id, "breached"),
                " 项次",
            ]
        lines.append(Line((*parts, "。"), gap=True))
    return lines


def _because(w: _Writer, duty: Duty, verdict: str) -> list[str | Figure]:
    """（没有记录 3、只差一项 2）, each number a figure."""
    parts: list[str | Figure] = []
    for why in duty.why:
        if why.verdict == verdict:
            counted = f"考核期：{why.words}"
            parts += [
                "、" if parts else "（",
                f"{why.words} ",
                w.figure(why.windows, counted, duty.obligation_id, verdict, why.reason),
            ]
    return [*parts, "）"] if parts else []


def _unknown_lines(w: _Writer, duties: Sequence[Duty]) -> list[Line]:
    unknown = [d for d in duties if d.counts["unknown"]]
    if not unknown:
        return []
    total = sum(d.counts["unknown"] for d in unknown)
    said = Line(
        (
            "无从判断的有 ",
            w.figure(total, "未知的考核期", verdict="unknown"),
            " 项次，涉及职责 ",
            w.figure(len(unknown), "职责"),
            " 项；未知不计入达标。",
        ),
        gap=True,
    )
    most = sorted(unknown, key=lambda d: -d.counts["unknown"])[:LISTED]
    each = [Line((f"{d.action}：未知", *_because(w, d, "unknown"), "。"), gap=True) for d in most]
    return [said, *each]


def _weakest_lines(w: _Writer, weakest: Sequence[tuple[str, int]]) -> list[Line]:
    shown = [(name, n) for name, n in weakest if n][:5]
    if not shown:
        return []
    parts: list[str | Figure] = ["欠缺较多的单位："]
    for i, (name, n) in enumerate(shown):
        parts += [("、" if i else "") + f"{name} ", w.figure(n, f"{name}欠缺的考核期"), " 项次"]
    return [Line((*parts, "。"), gap=True)]


def _declared(w: _Writer, duties: Sequence[Duty]) -> Section:
    """What nobody can measure is listed as declared, or as not declared, apart from what was
    measured.
    """
    rest = [d for d in duties if d.measure not in MEASURED]
    lines = [
        Line(
            (
                f"{d.action}：由责任人报告落实 ",
                w.figure(d.counts["declared"], "声明", d.obligation_id, "declared"),
                " 项次，未作计量。",
            )
        )
        for d in rest
        if d.counts["declared"]
    ]
    silent = sum(d.counts["short"] for d in rest)
    if silent:
        lines.append(
            Line(("到期未报告落实的有 ", w.figure(silent, "到期未报告的事项"), " 项次。"), gap=True)
        )
    return Section("报告落实事项", tuple(lines))


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"
