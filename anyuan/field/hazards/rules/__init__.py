"""Grades, transitions, who is over whom, and when those above hear of it. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from anyuan.org.people.rules import Held, gives

TRANSITIONS = {
    ("found", "assigned"): "hazard.assign",
    ("assigned", "assigned"): "hazard.assign",
    ("assigned", "fixed"): "fact.record",
    ("fixed", "assigned"): "hazard.verify",
    ("fixed", "closed"): "hazard.verify",
    ("closed", "assigned"): "hazard.verify",
    ("found", "merged"): "hazard.assign",
    ("merged", "found"): "",  # where the one it went into proves to be none
    # By the record itself, when it is withdrawn or was answered before there was a hazard.
    ("found", "withdrawn"): "",
    ("found", "closed"): "",
}
REOPENED_WITHIN = timedelta(days=90)  # later it is a new one that names the old; our own bound
LONGEST = timedelta(days=366)  # a deadline lies at most so far ahead; our own bound
# How it climbs, since it stands as it does: whoever fixes it once its day is over, then those over
# them; the office to assign it or verify it, then those over the office. Our own bounds.
LATE = {
    "owner": timedelta(0),
    "office": timedelta(days=1),
    "principal": timedelta(days=3),
    "above": timedelta(days=7),
}
MAJOR = {"above": timedelta(0)}
WAITING = {"office": timedelta(0), "principal": timedelta(days=1), "above": timedelta(days=3)}

# What makes a hazard of fire safety a major one by itself: the education ministry's guide of 2024
# (教发厅函〔2024〕20号), as it tells of itself. Of its other seven fields only the names are known.
CRITERIA = {
    "fire_duty": "未建立消防安全责任体系",
    "below_ground": "宿舍、幼儿用房设在地下或半地下，或幼儿用房设在四层及以上",
    "store_crowd": "人员密集场所违规存放、使用易燃易爆品，或使用低于A级的彩钢夹芯板",
    "alarm_out": (
        "未按标准设置自动报警、灭火、消火栓、防排烟设施或不能使用，宿舍、午休室未装报警或联网探测器"
    ),
    "hot_work": "校内动火作业未审批、未监护",
    "e_bike": "电动自行车或电池进楼、飞线充电",
    "unapproved": "房屋未经消防设计审查、验收或备案即施工、使用",
    "exits": "安全出口不独立、数量不足或总净宽低于规定值的80%",
    "bars": "门窗有影响逃生、救援的障碍",
    "laboratory": "实验室违规存放、使用易燃易爆危险品",
    "building": "校舍安全",
    "food": "食品安全",
    "training": "实验实训",
    "bus": "校车与校园交通",
    "crowding": "预防拥挤踩踏",
    "special": "特种设备",
    "utilities": "水电气热运行",
}
DIRECT = frozenset(list(CRITERIA)[:10])  # the others ask for words that say why


def is_over(upper: Sequence[Held], lower: Sequence[Held], path: str) -> bool:
    """Whether somebody is over another in what both are at the unit with this path: each role that
    the other has a say with there is theirs to give. Who has none there is under whoever has one.
    """
    mine = [h for h in upper if path.startswith(h.path)]
    theirs = [h for h in lower if path.startswith(h.path)]
    return bool(mine) and all(
        any(t.path.startswith(m.path) and t.role in gives([m.role]) for m in mine) for t in theirs
    )


def is_late(deadline: date | None, today: date) -> bool:
    """Whether a hazard that is not fixed is over its day; the day itself still counts."""
    return deadline is not None and deadline < today
