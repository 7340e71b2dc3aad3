"""What fell short: which duty, why, where, and what is to be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .parts import OF_DUTIES, Figure, Line, Writer, listed

LISTED = 12  # duties with gaps that a summary names, the worst first; our own bound
NAMED = 5  # units that it names for each
# What is to be done where something fell short for a reason.
REMEDIES: Mapping[str, str] = {
    "nothing_recorded": "按期开展，当日留下记录",
    "one_short": "补足次数，按期完成",
    "some_short": "补足次数，按期完成",
    "too_many": "查明原因，控制在限度以内",
    "gap_too_long": "按规定间隔开展，不得间断",
    "left_empty": "编足值守人员，离岗即有人顶替",
    "too_late": "按时限办理和报告",
    "no_answer": "按时限办理和报告",
    "happened": "查明原因，落实防范措施",
    "cannot_reach": "逐校督促补齐",
}


@dataclass(frozen=True)
class Why:
    """How many windows have a verdict for one reason: its code, its words, and what would make it
    known.
    """

    verdict: str
    reason: str
    words: str
    windows: int
    makes_known: str = ""


@dataclass(frozen=True)
class Where:
    """How many windows of one duty a unit left short."""

    unit_id: int
    name: str
    windows: int


@dataclass(frozen=True)
class Duty:
    """How one obligation stood: windows by verdict over the time of the summary, and where it fell
    short most.
    """

    obligation_id: int
    action: str
    measure: str
    plan: str
    counts: Counter[str]
    why: tuple[Why, ...] = ()
    where: tuple[Where, ...] = field(default=())

    @property
    def closed(self) -> int:
        return sum(n for v, n in self.counts.items() if v not in {"due", "exempt"})

    @property
    def missed(self) -> int:
        return self.counts["short"] + self.counts["breached"]


def worst(duties: Sequence[Duty]) -> list[Duty]:
    """Those that fell short most, the worst first."""
    return sorted((d for d in duties if d.missed), key=lambda d: -d.missed)[:LISTED]


def short_lines(w: Writer, duties: Sequence[Duty]) -> list[Line]:
    """3.学校每月排查隐患：欠缺3项次（没有记录3），主要是某校2项次；应按期开展，当日留下记录。"""
    lines = []
    for i, d in enumerate(worst(duties), 1):
        of = {"obligation_id": d.obligation_id}
        parts: list[str | Figure] = [
            f"{i}.{d.action}：欠缺",
            w.figure(d.counts["short"], "欠缺的考核期", verdict="short", **of),
            "项次",
            *because(w, d, "short"),
        ]
        if d.counts["breached"]:
            breached = w.figure(d.counts["breached"], "违反的考核期", verdict="breached", **of)
            parts += ["，违反", breached, "项次"]
        parts += [*_places(w, d), *_remedy(d), "。"]
        lines.append(Line(tuple(parts), gap=True))
    return lines


def _places(w: Writer, d: Duty) -> list[str | Figure]:
    if not d.where:
        return []
    each = [
        (
            u.name,
            w.figure(
                u.windows,
                f"{u.name}欠缺的考核期",
                obligation_id=d.obligation_id,
                unit_id=u.unit_id,
                verdict="missed",
            ),
            "项次",
        )
        for u in d.where[:NAMED]
    ]
    return ["，主要是", *listed(each)]


def _remedy(d: Duty) -> list[str]:
    said = [REMEDIES[w.reason] for w in d.why if w.verdict != "unknown" and w.reason in REMEDIES]
    return [f"；应{'；'.join(dict.fromkeys(said))}"] if said else []


def because(w: Writer, duty: Duty, verdict: str) -> list[str | Figure]:
    """（没有记录3、只差一项2）, each number a figure."""
    each = [
        (
            why.words,
            w.figure(
                why.windows,
                f"考核期：{why.words}",
                obligation_id=duty.obligation_id,
                verdict=verdict,
                reason=why.reason,
            ),
        )
        for why in duty.why
        if why.verdict == verdict
    ]
    return ["（", *listed(each), "）"] if each else []


def unknown_lines(w: Writer, duties: Sequence[Duty]) -> list[Line]:
    unknown = [d for d in duties if d.counts["unknown"]]
    if not unknown:
        return []
    total = sum(d.counts["unknown"] for d in unknown)
    said = Line(
        (
            "无从判断的有",
            w.figure(total, "未知的考核期", verdict="unknown"),
            "项次，涉及职责",
            w.figure(len(unknown), OF_DUTIES, verdict="unknown"),
            "项；未知不计入达标。",
        ),
        gap=True,
    )
    most = sorted(unknown, key=lambda d: -d.counts["unknown"])[:LISTED]
    each = [Line((f"{d.action}：未知", *because(w, d, "unknown"), "。"), gap=True) for d in most]
    return [said, *each]


def makes_known(duties: Sequence[Duty]) -> list[str]:
    """What would make the unknown known, each said once, the most frequent first."""
    said: Counter[str] = Counter()
    for d in duties:
        for why in d.why:
            if why.verdict == "unknown" and why.makes_known:
                said[why.makes_known.rstrip("。")] += why.windows
    return [words for words, _ in said.most_common(3)]
