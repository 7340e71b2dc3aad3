"""Of what a summary is made: figures that are named and can be traced, lines, sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

# What a figure without a duty of its own counts
OF_WINDOWS = {"考核期", "达标的考核期", "未知的考核期", "达标项次 ÷ 应考核项次"}
OF_RECORDS = {"记录", "补录的记录", "更正的记录"}
OF_UNITS = "单位"
OF_DUTIES = "职责"


@dataclass(frozen=True)
class Figure:
    """A number in the text, and what it counts: windows of one obligation, records of one activity,
    or rows of a list.
    """

    key: str
    value: str
    counts: str
    obligation_id: int | None = None
    verdict: str = ""
    reason: str = ""  # of the verdict; empty: any
    activity: str = ""  # whose records it counts
    unit_id: int | None = None  # whose alone; None: of all below


Parts = tuple[str | Figure, ...]


@dataclass(frozen=True)
class Line:
    """One paragraph: words and figures in order; `gap` marks what is not in order."""

    parts: Parts
    gap: bool = False

    @property
    def text(self) -> str:
        return "".join(p if isinstance(p, str) else p.value for p in self.parts)


@dataclass(frozen=True)
class Section:
    """A heading with its paragraphs; level 1 is 一、, level 2 is （一）."""

    heading: str
    lines: tuple[Line, ...]
    level: int = 1


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


class Writer:
    """Numbers the figures in the order in which they are written."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def figure(self, value: object, counts: str, **of: object) -> Figure:
        """:param of: what it counts, as the fields of a Figure."""
        made = Figure(f"F{len(self.figures) + 1:02d}", counted(value), counts, **of)  # type: ignore[arg-type]
        self.figures.append(made)
        return made


def counted(value: object) -> str:
    """A number as documents write it: 1,860."""
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "—"


def listed(parts: Sequence[Parts]) -> Parts:
    """Several of one kind, parted by 、."""
    out: list[str | Figure] = []
    for i, one in enumerate(parts):
        out += ["、" if i else "", *one]
    return tuple(p for p in out if p != "")


def span_name(first: date, until: date) -> str:
    """2026年上半年, 2026年下半年, or the dates."""
    half = (first.month, first.day, until.month, until.day)
    if half == (1, 1, 7, 1) and first.year == until.year:
        return f"{first.year}年上半年"
    if (first.month, first.day) == (7, 1) and until == date(first.year + 1, 1, 1):
        return f"{first.year}年下半年"
    last = until - timedelta(days=1)
    return f"{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"
