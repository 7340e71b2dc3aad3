"""Owns what a measure is about: the activity, the holder, the kinds of school it names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anyuan.record.activities import rules as activities

from . import told
from .lexicon import Hit
from .measure import Measure

_STOPS = re.compile(r"[,;。:、和及并]")
# What a kind of measure is usually about; added to what the words say.
_BIAS: dict[str, dict[str, float]] = {
    "people": {"guards.count": 3.2, "duty.post": 1.6},
    "posted": {"duty.post": 7},
    "stretch": {"duty.post": 5},
    "people per step": {"guards.count": 9},
    "people by ratio": {"guards.count": 9},
    "people per thousand": {"guards.count": 9},
    "around the clock": {"duty.post": 5},
    "offset": {"duty.post": 2.5, "attendance": 0.5},
    "rate": {"coverage.rate": 3},
    "zero": {"coverage.rate": 6},
    "things": {"equipment.count": 5},
    "size": {"equipment.count": 2},
    "within": {"report.summary": 0.6, "emergency.plan": 0.5, "hazard.rectify": 0.5},
    "lesson formula": {"lesson.safety": 6},
    "retention": {"filing": 2.5, "equipment.count": 0.5},
    "ahead of time": {"report.summary": 0.5},
}
_UNIT_BIAS: dict[str, dict[str, float]] = {
    "课时": {"lesson.safety": 4},
    "学时": {"training.staff": 2, "lesson.safety": 2.5},
    "节": {"lesson.safety": 4},
    "节课": {"lesson.safety": 4},
    "堂": {"lesson.safety": 4},
    "堂课": {"lesson.safety": 4},
    "场": {"lesson.safety": 2.5},
    "户": {"publicity": 4},
    "所": {"supervision.visit": 4},
    "批次": {"food.check": 3},
    "期": {"publicity": 2.5, "training.staff": 1},
    "岁": {"guards.count": 6},
    "周岁": {"guards.count": 6},
    "公里/小时": {"vehicle.entry": 6},
    "克": {"food.check": 6},
    "遍": {"patrol.round": 3},
    "趟": {"patrol.round": 3},
    "圈": {"patrol.round": 3},
    "把": {"equipment.count": 4},
}
_VERBS: dict[str, str] = {
    "巡": "patrol.round",
    "巡逻": "patrol.round",
    "巡查": "patrol.round",
    "巡检": "patrol.round",
    "查": "hazard.inspection",
    "检": "hazard.inspection",
    "检查": "hazard.inspection",
    "排查": "hazard.inspection",
    "自查": "hazard.inspection",
    "清查": "hazard.inspection",
    "普查": "hazard.inspection",
    "小查": "hazard.inspection",
    "大查": "hazard.inspection",
    "小检": "hazard.inspection",
    "大检": "hazard.inspection",
    "测": "training.staff",
    "清": "hazard.inspection",
    "抽查": "supervision.visit",
    "督查": "supervision.visit",
    "督导": "supervision.visit",
    "报": "report.summary",
    "报告": "report.summary",
    "汇报": "report.summary",
    "小结": "report.summary",
    "结": "report.summary",
    "总结": "report.summary",
    "通报": "report.summary",
    "汇总": "report.summary",
    "会": "meeting.safety",
    "例会": "meeting.safety",
    "会商": "meeting.safety",
    "研判": "meeting.safety",
    "调度": "meeting.safety",
    "评": "accountability",
    "考核": "accountability",
    "评比": "accountability",
    "讲评": "meeting.safety",
    "点评": "accountability",
    "演练": "drill.evacuation",
    "练": "drill.evacuation",
    "训": "training.staff",
    "培训": "training.staff",
    "学": "training.staff",
    "点名": "attendance",
    "清点": "attendance",
    "更新": "filing",
    "公示": "publicity",
    "曝光": "publicity",
    "课": "lesson.safety",
    "讲": "lesson.safety",
    "主题": "lesson.safety",
    "访": "police.visit",
    "走访": "police.visit",
}
# What titles and headings speak of anyway says nothing of a single duty below them.
_LABEL = re.compile(r"[^,;。:\d]{2,16}:")
_SLOGANS = {"planning", "accountability", "report.summary"}
_KEEPING = re.compile(r"维护|保养|检修|调试|测试|更换|检测|试运行")
_PEOPLED = {
    "people",
    "people per step",
    "people by ratio",
    "people per thousand",
    "size",
    "standing",
    "things",
    "date",
    "phase",
}
_CHECKS = {"hazard.inspection", "patrol.round", "supervision.visit"}
_PLACED = {
    "dormitory.check",
    "bus.check",
    "fire.check",
    "food.check",
    "surroundings.clean",
    "contraband.check",
}
# A place named beside a check makes it the check of that place.
_CHECK_VERB = re.compile(
    r"检查|排查|巡查|查(?!询|处|看)|检测|检修|自查|巡视|清点|点名|维护|保养|抽查|检"
)
_AUTHORITY = {
    "教育局",
    "公安机关",
    "综治办",
    "镇街",
    "各单位",
    "联合检查组",
    "公安派出所",
    "市场监管部门",
    "消防部门",
}


def activity(
    text: str, hits: Sequence[Hit], measure: Measure, context: Sequence[Hit], holder: str
) -> str:
    """Return the code of the activity that a measure of this sentence speaks of."""
    scores: dict[str, float] = {}
    left, right = _phrase(text, measure.start, measure.end)
    if measure.rule in {"date", "relative deadline"} and right - measure.end < 3:
        right = _phrase(text, right, right + 1)[1]
    inside = [h for h in hits if h[0] >= left and h[1] <= right]
    labelled = _LABEL.match(text)  # 教育:每日… says what all that follows is about
    label = labelled.end() if labelled else 0
    # Where the phrase itself speaks plainly, the rest of the sentence hardly counts.
    elsewhere = (
        0.35 if any(weight >= 2 and code != "guards.count" for *_, code, weight in inside) else 1.0
    )
    for start, end, code, weight in hits:
        if code == "coverage.rate" and measure.rule not in {"rate", "zero"}:
            continue
        # 副校长, 安全员, 保安 only say who, unless people are counted.
        if code == "guards.count" and measure.rule not in _PEOPLED:
            continue
        near = weight * _nearness(measure, start, end, left, right)
        if end <= label:
            near = max(near, weight * 0.8)
        elif not (left <= start and end <= right):
            near *= elsewhere
        scores[code] = max(scores.get(code, 0), near) + min(scores.get(code, 0), near) * 0.2
    for code, gain in _BIAS.get(measure.rule, {}).items():
        scores[code] = scores.get(code, 0) + gain
    for code, gain in _UNIT_BIAS.get(measure.unit or "", {}).items():
        scores[code] = scores.get(code, 0) + gain
    if measure.verb:
        code = _VERBS.get(measure.verb, "")
        if code:
            scores[code] = scores.get(code, 0) + (5.5 if measure.rule == "terse periodic" else 2.5)
    for _, _, code, weight in context:
        if code in scores:
            scores[code] += weight * 0.12
        elif code not in _SLOGANS:
            scores[code] = weight * 0.15
    if measure.rule == "day of month":
        scores["report.summary"] = scores.get("report.summary", 0) + 4
    if measure.rule in {"date", "periodic", "relative deadline"} and re.match(
        r"[^,;。]{0,2}(?:将|把)[^,;。]{0,40}(?:报(?!名|警|告会)|交(?!通|流|接|班|警|叉|换|谈)|送(?!学|餐|医)|上传|发至|发到)",
        text[measure.end :],
    ):
        scores["report.summary"] = scores.get("report.summary", 0) + 7
    if measure.rule == "retention" and re.search(r"留样|样品|食品|餐(?!厅)|菜|冷藏", text):
        scores["food.check"] = scores.get("food.check", 0) + 5
    each = measure.unit is None or measure.unit.endswith("次")
    if each and not _KEEPING.search(text[left:right]):
        scores.pop("equipment.count", None)
    told.add(text[left:right], measure, scores)
    _of_staff(text, measure, scores)
    _placed(text[left:right], scores)
    _going_on(text, hits, left, right, scores)
    _supervised(scores, holder)
    if holder.startswith(("民警", "公安派出所")) and re.search(
        r"到校|进校|入校|走访", text[left:right]
    ):
        scores["police.visit"] = scores.get("police.visit", 0) + 3
    if not scores:
        return "other"
    if holder == "学生" and "到校" in text[left:right] and measure.rule != "people":
        scores["attendance"] = scores.get("attendance", 0) + scores.pop("duty.post", 0)
    best = max(scores.items(), key=lambda item: item[1])[0]
    return activities.narrowed(best, text[left:right])


def joined(text: str, hits: Sequence[Hit], measure: Measure, holder: str) -> tuple[str, str] | None:
    """Both activities of 开展一次A和B, where both are named in full; None if there are not two."""
    if measure.quantity != 1 or measure.rule not in {"count", "count once"}:
        return None
    right = min(
        (i for i in (text.find(c, measure.end) for c in ",;。:") if i >= 0), default=len(text)
    )
    cut = re.search(r"[和及与](?!其)", text[measure.end : right])
    if cut is None or cut.start() > 24:
        return None
    middle = measure.end + cut.start()
    first = [h for h in hits if measure.end <= h[0] and h[1] <= middle and h[3] >= 4]
    second = [h for h in hits if middle <= h[0] and h[1] <= right and h[3] >= 3]
    if not first or not second:
        return None
    one, other = (max(part, key=lambda h: (h[3], h[1]))[2] for part in (first, second))
    if one == "hazard.inspection" and holder.split("/")[0] in _AUTHORITY:
        one = "supervision.visit"
    return (one, other) if family(one) != family(other) else None


def says_nothing(text: str, hits: Sequence[Hit], measure: Measure, previous: str) -> bool:
    """Whether the stretch around a count names no activity of its own, so that the one before goes
    on.
    """
    if (
        not previous
        or measure.rule
        not in {"count", "interval", "duration", "count by verb", "clock time", "clock window"}
        or measure.verb
    ):
        return False
    left = max(text.rfind(c, 0, measure.start) for c in ",;。:、") + 1
    right = min(
        (i for i in (text.find(c, measure.end) for c in ",;。:、") if i >= 0), default=len(text)
    )
    return not any(
        left <= h[0]
        and h[1] <= right
        and h[3] >= 2
        and h[2] not in {"guards.count", "coverage.rate"}
        for h in hits
    )


def _phrase(text: str, start: int, end: int) -> tuple[int, int]:
    left = max(text.rfind(c, 0, start) for c in ",;。:") + 1
    right = min((i for i in (text.find(c, end) for c in ",;。:") if i >= 0), default=len(text))
    return left, right


def _nearness(measure: Measure, start: int, end: int, left: int, right: int) -> float:
    """Weigh a word by its distance: the noun after 一次, then the phrase, then the sentence."""
    if start >= measure.end:
        distance = start - measure.end
        if start < right:
            return 1.5 / (1 + distance / 12)
        return 0.75 / (1 + (distance) / 12)
    if end <= measure.start:
        distance = measure.start - end
        if start >= left:
            return 1.2 / (1 + distance / 16)
        return 0.8 / (1 + distance / 24)
    return 1.3


_STAFF = re.compile(r"培训|轮训|复训|业务学习|集中学习|集训")
_HEADS = re.compile(r"人|生(?!活)|幼儿|出勤|缺|晨检|午检|点名|到校|返校|考勤|体温")


def _of_staff(text: str, measure: Measure, scores: dict[str, float]) -> None:
    """Hours of training are no lesson; 清点器材 counts no pupils."""
    if measure.unit in {"学时", "课时"} and _STAFF.search(text):
        scores["training.staff"] = scores.get("training.staff", 0) + 5
    if "清点" in text and not _HEADS.search(text):
        scores.pop("attendance", None)


def _placed(phrase: str, scores: dict[str, float]) -> None:
    checking = max((scores.get(code, 0) for code in _CHECKS), default=0)
    if checking <= 0 and not _CHECK_VERB.search(phrase):
        return
    for code in _PLACED:
        lifting = (
            max(scores.get("hazard.inspection", 0), scores.get("supervision.visit", 0))
            if code == "surroundings.clean"
            else checking
        )
        if scores.get(code, 0) >= 0.9:
            scores[code] += min(lifting, 3.2)


_BARE_CHECK = re.compile(
    r"[^,;。:]{0,6}?(?:每|不少于|至少|[一二两三四五六七八九十\d])[^,;。:]{0,8}(?:检查|排查|巡查|自查|查)[^,;。:]{0,8}"
)


def _going_on(
    text: str, hits: Sequence[Hit], left: int, right: int, scores: dict[str, float]
) -> None:
    """对消防器材…检查,平时每月检查一次: a check that names no object is of the one before."""
    if not _BARE_CHECK.fullmatch(text[left:right]) or any(
        left <= h[0] < right and h[2] in _PLACED for h in hits
    ):
        return
    earlier = [h for h in hits if h[1] <= left and h[2] in _PLACED and h[3] >= 3]
    if earlier:
        scores[earlier[-1][2]] = max(scores.values(), default=0) + 1


def _supervised(scores: dict[str, float], holder: str) -> None:
    """A check made by an authority is a supervision visit."""
    if holder.split("/")[0] in _AUTHORITY and scores.get("hazard.inspection", 0) > 0:
        scores["supervision.visit"] = (
            scores.get("supervision.visit", 0) + 0.9 * scores["hazard.inspection"] + 0.5
        )


def family(code: str) -> str:
    return activities.get(code).family
