"""Owns whom words bind that are no sentence: a label, a heading, a title, the opening of a
document.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from . import holders, lexicon

_LABEL = re.compile(r"^[^,;。:]{1,16}:")


def label(text: str) -> str:
    """Return the holder that a sentence or heading begins with as a label (安全办:牵头…)."""
    match = _LABEL.match(text)
    return bound(match.group()[:-1]) if match else ""


_TITLE_TAIL = re.compile(
    r"(?:队员|人员|队伍|队|教师|老师|员)?(?:的)?(?:主要|工作|岗位|安全|日常|值班|值勤|管理|执勤|巡逻|具体)*"
    r"(?:职责|责任|任务|要求|制度|须知|守则|规定|分工|方面|部门|纪律|办法|细则|规范|条例|安排|内容|标准|程序|流程"
    r"|责任书|承诺书|工作|做法)?(?:\([^)]*\))?(?:\d+|[一二三四五六七八九十]+)?[:,]?$"
)


@lru_cache(maxsize=256)
def bound(heading: str) -> str:
    """Return the holder that a heading is about (门卫职责, 对值班领导的要求); empty if none."""
    heading = re.sub(r"“[^”]{1,12}”(?:工作)?", "", heading)
    heading = re.sub(
        r"^(?:对|各|全体|关于|学校|校园|我校|校|安全|值|上放学|上下学|放学|课间)+(?=[一-鿿]{2})",
        "",
        heading.strip(),
    )
    hits = [h for h in lexicon.holders_in(heading) if h[2] != lexicon.NEUTRAL]
    if not hits or hits[0][0] > 2:
        return ""
    named = holders.groups(heading, hits)
    if _TITLE_TAIL.fullmatch(heading[named[0][-1][1] :]):
        return "/".join(dict.fromkeys(h[2] for h in named[0]))
    return ""


_POSTS = re.compile(
    r"(?P<post>门卫|保安|校警|护学岗|护校队|巡逻队|值周教师|值周|值日教师|值日|值班教师|值班领导|带班领导|行政值班"
    r"|值班|宿管|宿舍管理员|生活(?:指导)?(?:老师|教师)|班主任|照管|跟车|驾驶员|司机|护导|执勤|安全员)"
    r"[一-鿿、()]{0,10}?(?:职责|须知|守则|规则|制度|责任|规定|要求|细则|方案|安排|管理|办法|考核)"
)
_OF_POST = {
    "校警": "保安",
    "值周": "值周教师",
    "值日教师": "值班人员",
    "值日": "值班人员",
    "值班教师": "值班人员",
    "带班领导": "值班领导",
    "行政值班": "值班领导",
    "值班": "值班人员",
    "宿舍管理员": "宿管",
    "照管": "照管员",
    "跟车": "照管员",
    "驾驶员": "校车驾驶员",
    "司机": "校车驾驶员",
    "护导": "值周教师",
    "执勤": "值班人员",
    "安全员": "专职安全员",
}


def of_title(title: str) -> str:
    """Return the post that a title names (门卫岗位职责, 护导制度); empty if it names none."""
    match = _POSTS.search(title)
    if match is None or "作息" in title:
        return ""
    post = match.group("post")
    if post in {"值班", "执勤"} and re.search(r"方案|安排", match.group()):
        return ""  # whoever is on duty is one of many in it
    if post.startswith("生活"):
        return "宿管"
    return _OF_POST.get(post, post)


_TEAM = re.compile(
    r"(?:特|现|决定|拟)?(?:成立|组建|建立)[一-鿿]{0,16}?(护校队|巡逻队|护学岗|护学队)"
)
_ADDRESSED = re.compile(r"(?:^|\n)\s*((?:各|全)[^\n:。]{2,60}):\s*(?:\n|$)")
_AREA = re.compile(r"全[区市县镇乡州旗省]|各单位|各镇|各部门|领导小组.{0,8}公安局|各乡|各街道")
_KIND = re.compile(r"方案|通知|意见|计划|办法|细则")


def of_document(title: str, text: str) -> str:
    """Return whom a document binds where no sentence or heading says it."""
    if post := of_title(title):
        return post
    if office := _of_office(title) or _of_department(title):
        return office
    if re.search(r"幼儿园|托育|我园", title) and not re.search(r"中小学|[全各][区市县镇]", title):
        return "幼儿园"
    if _is_of_kindergartens(text):
        return "幼儿园"
    if team := _TEAM.search(text[:400]):
        return "护学岗" if team.group(1) == "护学队" else team.group(1)
    head = title + text[:300]
    if re.search(r"我校|本校|学校决定", head):
        return "学校"
    if re.search(r"我园|本园", head):
        return "幼儿园"
    if main := _main_subject(text):
        return main
    if addressed := _ADDRESSED.search(text[:800]):
        return _of_address(addressed.group(1))
    if _AREA.search(text[:1500]) and _KIND.search(title):
        return "各单位"
    if _is_fire_law(text):
        return "各单位"
    if re.search(r"学校|中学|小学|校园|学生|教师|中小学|师生|[本各某我全]校", title + text[:3000]):
        return "学校"
    if re.search(r"幼儿|入园|园长", text[:3000]):
        return "幼儿园"
    return holders.UNSAID


# 现代教育技术中心工作计划: the part of a school whose plan it is.
_DEPARTMENT = re.compile(
    r"(?:学校|中学|小学|学院|大学|高中|幼儿园|^)(?P<name>(?![一-鿿]*(?:学校|中学|小学|学院|大学|高中|幼儿园))[一-鿿]{1,8}?(?:中心|处|科|室|部|图书馆|团委|工会))"
    r"(?:20\d\d|二〇..)?[^,。]{0,12}?(?:工作)?(?:计划|要点|职责|安排|总结)$"
)


def _of_department(title: str) -> str:
    named = _DEPARTMENT.search(title.split("(")[0].strip())
    if named is None:
        return ""
    known = holders.names_of(lexicon.holders_in(named.group("name")))
    return known or named.group("name")


_SAYS_WHO = re.compile(
    r"(?:^|[。;\n])(?:第\s?[一二三四五六七八九十百\d]+\s?条)?\s*(?P<words>[^,;。\n]{2,40})"
)


def _main_subject(text: str) -> str:
    """Who stands at the head of most sentences that ask something, where that is plain."""
    counts: Counter[str] = Counter()
    for match in _SAYS_WHO.finditer(text[:20_000]):
        words = match.group("words")
        if not re.search(r"应|须|必须|不得", words):
            continue
        first = next(iter(holders.subjects(words + "。")), None)
        if first is not None and first.start < 6:
            counts[first.names] += 1
    if counts.total() < 6:
        return ""
    name, many = counts.most_common(1)[0]
    plain = name not in {"各单位", "学校", "学生", "家长", "教师"} and many > 0.5 * counts.total()
    return name if plain else ""


def _is_of_kindergartens(text: str) -> bool:
    """Whether a text speaks of kindergartens alone."""
    own = text.count("幼儿园") + text.count("园长")
    return own >= 4 and own > 4 * len(re.findall(r"学校(?!附设)|小学|中学", text))


_POLICE = re.compile(r"派出所|公安(?:分)?局|公安机关|警务|交警|巡特警")
_WORK = re.compile(r"方案|计划|要点|措施|制度|规定|总结|安排|清单")
_CANTEEN = re.compile(r"食堂|食品安全|餐饮|校园餐")


def _of_office(title: str) -> str:
    """Whom a title names as the one whose plan it is (柳林派出所…方案, 食堂管理制度)."""
    if not _WORK.search(title) or re.search(r"通知|联合|教育局|教体局", title):
        return ""
    if _POLICE.search(title):
        return "公安派出所" if "派出所" in title else "公安机关"
    if _CANTEEN.search(title) and "制度" in title:
        return "食堂"
    schools = re.search(r"校车|制度|规定|学校|中学|小学|幼儿园|学区|一贯|高中|职|教育", title)
    return "镇街" if re.match(r"[^校]{0,8}(?:街道|镇|乡)", title) and not schools else ""


def _is_fire_law(text: str) -> bool:
    """A law on fire binds every unit, unless it speaks of schools."""
    law = re.search(r"第[一二三四五六七八九十百]+条", text) and "消防" in text
    return bool(law) and not re.search(r"学校(?:应|要|须|每|至少)", text)


def _of_address(addressed: str) -> str:
    named = re.split(r"[,、;]", addressed)
    if all(
        re.search(
            r"(?:校|园|学校|幼儿园|教学点|学区|教育(?:指导)?中心|教育办|教办|机构|教育组)(?:\([^)]*\))?$",
            n,
        )
        for n in named
    ):
        return "学校" if any("校" in n or "学" in n for n in named) else "幼儿园"
    if re.search(r"派出所|部门|单位|镇|街道|局", addressed) or not re.search(r"[校园]", addressed):
        return "各单位"
    return "幼儿园" if "园" in addressed and "校" not in addressed else "学校"


_CAMPAIGN = re.compile(
    r"在[^,;。]{0,6}[省市区县州旗](?:范围)?内?[^,;。]{0,6}(?:开展|组织)[^,;。]{0,24}行动"
)


def is_campaign(text: str) -> bool:
    """在全区组织开展…行动: what a plan of an area is about."""
    return bool(_CAMPAIGN.search(text))


def issuers(text: str) -> str:
    """Return the offices that a plan of an area names together as those who carry it; empty if it
    names none.
    """
    for sentence in re.split(r"[。\n]", text[200:]):
        for subject in holders.subjects(sentence):
            names = subject.names.split("/")
            if len(names) > 1 and holders.is_authority(subject.names):
                return subject.names
    return ""


_OF_TOPIC = (
    (re.compile(r"人防|物防|技防|三防|安防"), "学校"),
    (re.compile(r"(?:校园|学校)内部|校内"), "学校"),
    (re.compile(r"违法犯罪|犯罪打击|打击整治"), "公安机关/公安派出所"),
)


def of_topic(heading: str) -> str:
    """Return whose work a heading names by its matter alone (涉校违法犯罪打击)."""
    return next((names for pattern, names in _OF_TOPIC if pattern.search(heading)), "")
