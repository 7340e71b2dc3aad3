"""Owns what the words around a number say of what it is about."""

from __future__ import annotations

import re

from .measure import Measure

# What the words around a number say of it, whatever else the sentence speaks of.
_TOLD: tuple[tuple[set[str], str, str, float], ...] = (
    ({"offset"}, r"到岗|到位|就位|上岗|到达|在岗|值守|站岗|护学", "duty.post", 5),
    ({"offset"}, r"[上放]学前?[^,;。]{0,12}[至到](?!校)", "duty.post", 3),
    ({"within"}, r"隐患[^,;。]{0,10}|处理|消除|整改|办结|销号", "hazard.rectify", 1.5),
    ({"within"}, r"隐患[^,;。]{0,12}(?:处理|消除|整改|解决)", "hazard.rectify", 7),
    (
        {"within"},
        r"(?:加以|予以|得到|必须|进行)?(?:解决|整改|改正|排除)(?!方)",
        "hazard.rectify",
        6,
    ),
    (
        {"within"},
        r"报(?!警|名|案)[^,;。]{0,8}(?:处|局|办|科|室|领导|校长|部门|中心|政府)",
        "report.summary",
        5,
    ),
    ({"within"}, r"认定|欺凌", "dispute.mediation", 3),
    ({"ahead of time"}, r"报(?!警|名|案)|告知|通知", "report.summary", 5),
    (
        {"within"},
        r"(?:通知|告知|联系|报)[^,;。]{0,3}(?:班主任|家长|监护人)|与[^,;。]{0,4}(?:家长|监护人)",
        "attendance",
        4,
    ),
    ({"within"}, r"缺课|未到校|缺席|旷课|到校", "attendance", 5),
    ({"within"}, r"到场|到达现场|赶到|赶赴|扑救", "emergency.plan", 3),
    (
        {"date", "relative deadline", "periodic", "clock time", "within", "duration"},
        r"交[^,;。通流接班警叉换谈]{0,8}(?:办|处|室|科|局|所|站|中心|部)(?!门)|报送|报出|呈报|填报"
        r"|首报|口报|书报|速报|补报|书面报告|书面材料",
        "report.summary",
        5,
    ),
    (
        {"count", "count once", "periodic", "interval", "count by verb"},
        r"巡[一两二三\d]?[次遍趟圈]|巡$|[走转]一?[趟圈遍]",
        "patrol.round",
        5,
    ),
    ({"clock time", "clock window"}, r"开放|只留小门", "closed.management", 5),
    ({"clock time"}, r"进班|到班|跟班|下班级", "duty.post", 5),
    ({"date"}, r"关闭[^,;。]{0,10}(?:校门|大门|出入口|进出口|出口)", "closed.management", 8),
    ({"rate"}, r"面(?:要|应|须|达|不|为|在)*\d", "coverage.rate", 4),
    ({"things"}, r"岗(?!亭|位牌|前|哨)", "duty.post", 7),
    (
        {"rate"},
        r"率(?:要|应|须|均|必须|达到?|保持|为|不低于|不少于|在)*$|率[^,;。]{0,6}\d|率百分",
        "coverage.rate",
        5,
    ),
    (
        {"clock time", "clock window", "periodic", "count"},
        r"(?:开启|打开|开|锁|锁好|关闭|关|关好)[^,;。]{0,8}(?:大门|校门|宿舍门|园门|铁门|侧门|门)(?!窗)",
        "closed.management",
        6,
    ),
    ({"duration"}, r"经验|经历|驾龄|工龄|教龄", "guards.count", 8),
    ({"people"}, r"岗(?!前)|执勤|值勤|站岗|把守|维持秩序|护学", "duty.post", 1.5),
)


def add(phrase: str, measure: Measure, scores: dict[str, float]) -> None:
    """Add to the scores of activities what the phrase around a measure says of them."""
    for kinds, words, code, gain in _TOLD:
        if measure.rule in kinds and re.search(words, phrase):
            scores[code] = scores.get(code, 0) + gain
