"""Owns for which schools a duty is meant: what qualifies the one who acts or the place of the act,
never a mere mention.
"""

from __future__ import annotations

import re

ALL = "all"
_KINDS = re.compile(
    r"(?P<primary_secondary>(?<!本辖区)中小学校?(?!生|幼儿园)|中、小学校?)"
    r"|(?P<kindergarten>幼儿园|托幼机构|托育机构)"
    r"|(?P<special>特殊教育学?校?园?|特教学校)"
    r"|(?P<primary>(?<![中一-鿿])小学(?!生家|科)|(?<=[各每个村镇通区在、])小学(?!科)|小学(?=学生|部|每|不|应|要|须)|低年级)"
    r"|(?P<secondary>(?<![一-鿿])(?:初级|高级|普通)?(?:中学|初中|高中)(?!科)|(?<=[各每个镇通区在、])(?:中学|初中|高中)|中学(?=学生|部|每|不|应|要|须))"
    r"|(?P<other>高等学校|大学(?!路)|高校|中等专业学校|消防安全重点单位|火灾高危单位)"
)
_TRAITS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "boarding",
        re.compile(
            r"(?<!非)寄宿制|(?<!非)寄宿(?:学校|生)|有(?:寄宿|住宿|住校)生的|住校生|住宿生|住宿学生|内宿生|宿舍|寝室|就寝|公寓楼"
        ),
    ),
    ("school_bus", re.compile(r"校车|随车照管|接送学生车辆|跟车(?:老师|教师|人员)")),
    ("weak_base", re.compile(r"基础设施较差|能力薄弱|薄弱学校")),
    ("urban", re.compile(r"城市校园|城区(?:学校|中小学|商业)|城市学校|对城区")),
    ("rural", re.compile(r"农村(?:校园|学校|中小学)|乡镇农村|乡村学校|村小|教学点|偏远")),
    ("private", re.compile(r"民办(?:学校|园|幼儿园)?(?!教育协会)|托管[班点机]|培训机构|课外班")),
    ("high_risk", re.compile(r"治安复杂|形势严峻|反恐重点|高风险(?:地区|学校)")),
    ("other", re.compile(r"情绪异常|重点关注(?:学生|对象)|特异体质|消防安全重点单位|火灾高危单位")),
)
# Of every place, or of every head: 城市…和农村…, 校长、幼儿园园长.
_BOTH = re.compile(r"(?:城市|城区)[^,;。]*[和及、][^,;。]*农村|校长、幼儿园园长|园长、校长")
_HOLIDAY = re.compile(
    r"(?<!除)(?<!逢)(?:法定)?(?:节假日|寒暑假|寒假|暑假|假期|长假|双休日|假日)(?:期间|内|时)?"
    r"(?!放假前|前|之前|以前|来临|到来|除外|安全|生活|作业|教育|安全工作|期满|停止|值[班守]情况|放假|通知|作业|返|后|开始|结束|外[,;。)]|外$)"
)
_LARGE = re.compile(
    r"(?:规模|学生|师生|人数)?(?:超过|达到?|大于)?(?P<n>\d{3,5})\s?(?:名|人)?(?:\(含\))?(?:及)?以上|规模(?:较大|超过\d+)|大规模学校|超过(?P<m>\d{3,5})\s?[名人]"
)
_STEP = re.compile(r"每(?:增加|增|超过|多)\d+")
_OF_HOLDER = {"幼儿园": "kindergarten", "校车驾驶员": "school_bus", "照管员": "school_bus"}
SMALLEST_LARGE = 500  # pupils; the scheme of the exchange form calls a school of 500 and more large


def of_document(title: str) -> str:
    """Return the kind of school that a whole document is for."""
    if re.search(r"校车|接送学生车辆|接送车", title):
        return "school_bus"
    if re.search(r"宿舍|住宿|住校|寄宿|寝室|就寝|公寓|宿管|值宿", title):
        return "boarding"
    if re.search(r"幼儿园|托育", title) and not re.search(r"中小学|中、小学|学校、", title):
        return "kindergarten"
    if re.search(r"(?:节假日|寒暑假|寒假|暑假|春节|国庆)[^,;。]{0,8}(?:值[班守]|安保)", title):
        return "holiday"
    return ALL


def of_heading(heading: str) -> str:
    """Return the kind of school that a short heading names for what stands below it."""
    if len(heading) > 18:
        return ALL
    found = of_document(heading)
    if found != ALL:
        return found
    return (
        "holiday" if re.search(r"(?:节假日|寒暑假|假期|双休日).{0,6}值[班宿守]", heading) else ALL
    )


def of_phrase(
    text: str, start: int, end: int, holder: str, wider: str, *, on_duty: bool = False
) -> str:
    """Return the kind of school a duty of this sentence applies to.

    :param wider: what heading and title say; narrowed, never widened.
    :param on_duty: somebody must be there; said after 节假日前, it is meant for the holidays.
    """
    sentence = text[: _phrase_end(text, end)]
    near = sentence[_phrase_start(text, start) :]
    if holiday := _holiday(text, start, end):
        return holiday
    if on_duty and re.search(r"(?:节假日|长假|寒假|暑假|假期)前", text[:start]):
        return "holiday"
    for name in holder.split("/"):
        if name in _OF_HOLDER and wider in {ALL, _OF_HOLDER[name]}:
            return _OF_HOLDER[name] if len(holder.split("/")) == 1 else wider
    if _BOTH.search(near):
        return wider
    for name, pattern in _TRAITS:
        found = pattern.search(near)
        if found and not _is_listed(near, found):
            return name
    before = sentence[: max(end, 0)]
    for name, pattern in _TRAITS:
        found = pattern.search(before)
        if found and _leads(before, found) and not _is_listed(before, found):
            return name
    if still := _of_subject_before(text, start):
        return still
    clause = re.split(r"[;。]", text[:start])[-1]
    if re.search(r"的,", clause) and _is_large(clause.split("的,")[0]):
        return "large"
    if _STEP.search(text[start:end]) or _is_large(text[_piece_start(text, start) : end]):
        return "large"
    kinds = _kinds(text[_piece_start(text, start) : end]) or _kinds(near) or _kinds(_lead(before))
    if kinds and wider == ALL:
        return kinds
    return wider


def _of_subject_before(text: str, start: int) -> str:
    """农村校园要…,实行…: the schools that open the phrase before are meant still."""
    begin = _phrase_start(text, start)
    before = text[_phrase_start(text, begin - 1) : begin - 1] if begin else ""
    for name, pattern in _TRAITS:
        found = pattern.match(before)
        if found and re.match(r"要|应|须|必须", before[found.end() :]):
            return name
    return ""


def _holiday(text: str, start: int, end: int) -> str:
    for found in _HOLIDAY.finditer(text[: _phrase_end(text, end)]):
        after = text[found.end() : start]
        if not re.search(r"[;。]", after) and not re.search(r"除外|外,", text[found.end() :][:4]):
            return "holiday"
    return ""


def _is_large(text: str) -> bool:
    found = _LARGE.search(text)
    if found is None:
        return False
    number = found.group("n") or found.group("m")
    return number is None or int(number) >= SMALLEST_LARGE


def _kinds(text: str) -> str:
    """Kinds of school named as the ones that act or are acted for; several together are all."""
    names = {m.lastgroup or "" for m in _KINDS.finditer(text)}
    if names and re.search(r"(?<![小学等制])学校、|、学校", text):
        return ALL
    if len(names) != 1:
        return ALL if len(names) > 1 else ""
    (name,) = names
    return name if not re.search(r"中小学幼儿园|学校、幼儿园", text) else ALL


def _piece_start(text: str, at: int) -> int:
    return max((text.rfind(c, 0, at) for c in ",;。:、"), default=-1) + 1


def _lead(text: str) -> str:
    """The first phrase of a sentence: what stands there qualifies the phrases after it."""
    return re.split(r"[,;。:]", text, maxsplit=1)[0]


def _leads(text: str, found: re.Match[str]) -> bool:
    return not re.search(r"[,;。:]", text[: found.start()]) and found.start() < 8


def _is_listed(text: str, found: re.Match[str]) -> bool:
    """One of several places (教学楼、食堂、宿舍): a mention."""
    left = re.search(r"[^,;。:]*$", text[: found.start()])
    right = re.match(r"[^,;。:]*", text[found.end() :])
    near = (left.group() if left else "")[-6:] + (right.group() if right else "")[:3]
    listed = (left.group() if left else "") + (right.group() if right else "")
    return (listed.count("、") >= 2 and "、" in near) or bool(
        re.search(r"(?:教学楼|食堂|实验室|图书|操场|校舍|办公楼|教室)[^,;。:]{0,3}[、和及]", listed)
    )


def _phrase_start(text: str, at: int) -> int:
    return max((text.rfind(c, 0, at) for c in ",;。:"), default=-1) + 1


def _phrase_end(text: str, at: int) -> int:
    return min((i for i in (text.find(c, at) for c in ",;。") if i >= 0), default=len(text))
