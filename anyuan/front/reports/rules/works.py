"""What was done, told by activity: 开展疏散演练4次，参加1,860人次，平均用时108秒."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .parts import Figure, Line, Section, Writer


@dataclass(frozen=True)
class Work:
    """The records of one activity over the time: how many, by how many people, what was found.

    `seconds`: the average, None where none was measured.
    """

    activity: str
    name: str
    family: str
    times: int
    people: int = 0
    found: int = 0
    seconds: int | None = None


# Our own grouping of the families of activities, in the order in which offices tell them.
GROUPS = (
    (
        "组织领导与责任落实",
        {"meeting", "planning", "accountability", "filing", "report_submission"},
    ),
    (
        "值守巡逻与校门管理",
        {
            "patrol",
            "duty_post",
            "staffing",
            "visitor_control",
            "vehicle_control",
            "leave_control",
            "pickup_control",
            "closed_management",
            "contraband_control",
            "attendance",
        },
    ),
    (
        "隐患排查与整改",
        {
            "hazard_inspection",
            "rectification",
            "fire_check",
            "dormitory_check",
            "bus_check",
            "food_safety",
            "supervision_inspection",
        },
    ),
    ("安全教育与应急演练", {"drill", "lesson", "training", "publicity", "emergency"}),
    (
        "警校联动、周边治理与矛盾化解",
        {
            "police_visit",
            "surroundings",
            "crime_response",
            "dispute_mediation",
            "key_person_control",
        },
    ),
    ("物防技防", {"equipment", "coverage_rate"}),
)
OTHERS = "其他工作"
_VERBS = {
    "meeting": "召开",
    "training": "组织",
    "patrol": "完成",
    "rectification": "完成",
    "report_submission": "办理",
    "filing": "办理",
    "staffing": "登记",
    "equipment": "登记",
    "coverage_rate": "登记",
    "duty_post": "落实",
    "visitor_control": "办理",
    "leave_control": "办理",
    "vehicle_control": "办理",
    "dispute_mediation": "办理",
    "police_visit": "接受",
    "supervision_inspection": "开展",
}


def sections(w: Writer, works: Sequence[Work]) -> list[Section]:
    """One section a group of activities in which something was done."""
    out = []
    named = set().union(*(families for _, families in GROUPS))
    groups = [*GROUPS, (OTHERS, {d.family for d in works} - named)]
    for title, families in groups:
        mine = [d for d in works if d.family in families and d.times]
        if mine:
            out.append(Section(title, tuple(_line(w, d) for d in mine), level=2))
    return out


def _line(w: Writer, d: Work) -> Line:
    of = {"activity": d.activity}
    parts: list[str | Figure] = [
        f"{_VERBS.get(d.family, '开展')}{d.name}",
        w.figure(d.times, f"{d.name}的记录", **of),
        "次",
    ]
    if d.people:
        parts += ["，参加", w.figure(d.people, f"{d.name}的参加人数之和", **of), "人次"]
    if d.seconds is not None:
        parts += ["，平均用时", w.figure(d.seconds, f"{d.name}的平均用时（秒）", **of), "秒"]
    if d.found:
        parts += ["，发现问题", w.figure(d.found, f"{d.name}发现的问题之和", **of), "处"]
    return Line((*parts, "。"))
