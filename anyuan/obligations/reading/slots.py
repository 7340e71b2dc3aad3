"""Owns the times within a day that plans name by what happens then: 上学前20分钟, 课间, 夜间."""

from __future__ import annotations

import re

# What happens at a set time of every school day.
_ANCHOR = (
    r"(?:(?:早|中|晚|上午|下午|中午|早上|早晨|晚上|每次|学生|第一节|最后一节|第[一二三四]节)?"
    r"(?:上、?下学|上下学|上、放学|上放学|上学|放学|上课|下课|课前|课后|上班|下班|开考|考试|入园|离园|进园|就寝|熄灯|起床|开门|关门"
    r"|发车|出车|早读|晨读|早操|出操|课间操|早自习|晚自习|晚自修|晚自习下课|到校|离校|入校|集合|午休|午睡|进餐|就餐|用餐|开餐|供餐|清校|静校"
    r"|交接班|接班|交班|换班|高峰|活动|会议|比赛|仪式|升旗|晨检))"
)
_ANCHORS = rf"{_ANCHOR}(?:[、和及与,]?{_ANCHOR})*"
_SIDED = re.compile(
    rf"(?P<what>{_ANCHORS})(?:时间|开始|结束|铃响|铃声)?(?P<side>之前|以前|前|之后|以后|后)?的?$"
)
_NEAR = re.compile(rf"(?P<what>{_ANCHORS})(?:时间|开始|结束|铃响)?(?P<side>前|后)?")
_SPELT = (
    ("上学放学", "上学、放学"),
    ("上、下学", "上学、放学"),
    ("上下学", "上学、放学"),
    ("上、放学", "上学、放学"),
    ("上放学", "上学、放学"),
    ("课前", "上课前"),
    ("课后", "下课后"),
)


def _spell(what: str) -> str:
    what = re.sub(
        r"(?:早上|早晨|上午|下午|中午|早|中|晚)(?=上学|放学|上下学)",
        "",
        re.sub(r"^(?:学生|每次)", "", what),
    )
    what = re.sub(r"[和及与,]", "、", what)
    for said, full in _SPELT:
        what = what.replace(said, full)
    return what


_TOLD = re.compile(r"[^,;。]{0,16}(?:提醒|教育|警示|强调|叮嘱|宣讲|讲|谈话)")


def offset(text: str, start: int, end: int, quantity: float, unit: str, day: str) -> str:
    """Return the due of so many minutes before or after what happens daily: @上学前20分钟.

    A lesson of one minute before school ends is due then, and lasts that long: @放学前.

    :param day: the weekday said before it, as a due (@周五).
    """
    due = _offset(text, start, end, f"{quantity:g}{unit}")
    told = _TOLD.match(text[end:]) or (
        _TOLD.search(text[end:]) and re.search(r"提醒|教育", text[end:])
    )
    if told and not re.search(r"提前|提早", text[max(0, start - 4) : start]):
        due = due.removesuffix(f"{quantity:g}{unit}")
    return day + due.removeprefix("@") if re.match(r"@周[一-日天]$", day) else due


def _offset(text: str, start: int, end: int, many: str) -> str:
    before, after = text[:start], text[end:]
    bare = re.sub(
        r"(?:至少|提前|提早|不少于|不得少于|不低于|应|须|要|必须|均|在|于|各|都)+$", "", before
    )
    early = bool(re.search(r"提前|提早|早于", before[-12:]))
    sided = _SIDED.search(bare)
    if sided:
        side = (sided.group("side") or "前")[-1] if not early else "前"
        if sided.group("side") is None and re.search(r"前后$", bare):
            side = "前后"
        return f"@{_spell(sided.group('what'))}{side}{many}"
    if re.search(r"前后各?$", bare) and (at := _NEAR.search(re.split(r"[;。]", bare)[-1])):
        return f"@{_spell(at.group('what'))}前后{many}"
    if early:
        for part in (re.split(r"[,;。]", after)[0], re.split(r"[,;。]", bare)[-1]):
            near = [
                m for m in _NEAR.finditer(part) if m.group("what") not in {"到校", "活动", "会议"}
            ]
            if near:
                return f"@{_spell(near[-1].group('what'))}前{many}"
        if (said := named(re.split(r"[;。]", before)[-1])) in _STARTS:
            return f"@{said}前{many}"
        return f"@上学前{many}" if re.search(r"到校|到岗", after[:16]) else f"@提前{many}"
    return f"@{many}"


# Before these one can be somewhere.
_STARTS = {"上学、放学", "上学", "放学", "午休", "午睡", "课间", "大课间", "晚自习"}
_NIGHT = re.compile(r"夜间|夜里|夜晚|夜班|深夜|每晚|当晚|晚间|值夜|夜巡|巡夜|熄灯后|守夜")
_WORDS = (
    ("大课间", re.compile(r"大课间")),
    ("课间操", re.compile(r"课间操")),
    ("课间", re.compile(r"(?<!大)课间(?!操)")),
    ("午休", re.compile(r"午休|午间休息")),
    ("午睡", re.compile(r"午睡")),
    ("早中晚", re.compile(r"早、?中、?晚")),
    ("早、晚", re.compile(r"早、晚|早晚(?=各|两|二)")),
    ("上午、下午", re.compile(r"上、下午|上午、?下午")),
    ("春季、秋季", re.compile(r"春、?秋(?:两季|季)?(?=各)|春秋两季")),
    ("期中、期末", re.compile(r"期中、期末")),
    ("上学、放学", re.compile(r"上、?下学|上、?放学|上学、?(?:和|及)?放学")),
    ("放学后", re.compile(r"放学后")),
    ("放学前", re.compile(r"放学前")),
    ("上学前", re.compile(r"上学前")),
    ("出车前", re.compile(r"出车前|发车前|行车前")),
    ("收车后", re.compile(r"收车后")),
    ("下班后", re.compile(r"下班后")),
    ("离岗前", re.compile(r"离岗前")),
    ("使用前", re.compile(r"使用前")),
    ("放学", re.compile(r"放学(?!前|后)")),
    ("上学", re.compile(r"(?<!入)上学(?!前|后|期|年)")),
    ("晚自习", re.compile(r"晚自习(?!前|后)")),
    ("升旗后", re.compile(r"升旗(?:仪式)?后")),
    ("夜间", _NIGHT),
    ("白天", re.compile(r"白天|日间|白班")),
    ("上午", re.compile(r"上午")),
    ("下午", re.compile(r"下午")),
    ("中午", re.compile(r"中午|午间")),
    ("早晨", re.compile(r"早晨|早上|清晨")),
    ("晚上", re.compile(r"晚上")),
)


def named(words: str) -> str:
    """Return the moment of the day that words name (夜间, 课间); empty if none or several."""
    found = [
        (m.start(), m.end(), name) for name, pattern in _WORDS for m in pattern.finditer(words)
    ]
    at = [
        (start, name)
        for start, end, name in found
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b, _ in found)
    ]
    if span := re.search(r"(?:开门|关门|入园|离园|进校|高峰|上下学|午间|接送)(?:的)?时段", words):
        return span.group()
    if not at:
        return ""
    return max(at)[1] if len({n for _, n in at}) > 1 else at[0][1]
