"""Owns who must act: the subject of a phrase, else whom the heading, the list or the title binds.

A holder that only receives, is checked, or stands before its own noun (学校周边, 报教育局, 对学生)
is no subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from . import lexicon
from .lexicon import Hit

# Who acts is not said anywhere; a person must say it before the duty can be accepted.
UNSAID = "待定"

# What stands before an object: prepositions, and verbs that act on people or on bodies.
_ACTED_ON = re.compile(
    r"(?:对|向|给|与|跟|同|到|至|送|为|把|将|被|进|在|陪|接|除|凭|从|是|比|离|经|以|报|交|抓|查"
    r"|针对|协助|配合|会同|联系|邀请|聘请|联合|依托|通过|利用|根据|按照|包括|涉及|进入|离开|来自|面向"
    r"|帮助|教育|引导|发动|保护|保障|维护|管理|检查|抽查|巡查|排查|督查|监督|视察|服务|疏散|护送|清点"
    r"|看护|看管|照看|带领|率领|接待|阻止|制止|劝阻|禁止|严禁|防止|不准|不许|允许|准许|提醒|通知"
    r"|告知|上报|报告|报送|通报|移交|征求|征得|培训|训练|集训|组织|配备|配足|配齐|配强|配齐配强|配有|聘用|招聘|选派"
    r"|选聘|增配|增加|设立|设置|下设|建立|成立|组建|健全|增设|充实|抽调|调配|安排|指派|派出|派遣|委派"
    r"|发给|交给|奖励|表彰|考核|评价|处分|救助|抢救|接送|关心|关爱|慰问|走访|访问|约谈|指派|宣传"
    r"|加强|强化|做好|落实|完善|规范|纳入|影响|危害|侵害|伤害|殴打|骚扰|接触|关注|掌握|了解|发现"
    r"|担任|任命|聘任|确定|明确|作为|成为|属于|协调|商|报请|提请|请|保证|载有|完成|实行|推行|坚持|执行)"
    r"(?:辖区|属地|当地|所在地?|本辖区|分管|主管|带班|全体|全校|每[名位个所]|[一两三几]?[名位个]|各[个位类]?|各级"
    r"|安全|城区|城市|农村|偏远|乡镇|[省市区县镇乡州旗校]|街道|中心|本|其|我|广大|有关|相关|在校|在岗|驻校|所有|专职|兼职|专兼职|附近|上级|主管|责任区"
    r"|中小学校?、?|、|和)*$"
)
# 督促学校开展: the school acts, unless somebody else was named as the one who supervises.
_CAUSED = re.compile(
    r"(?:督促|要求|责成|指导|督导|监督|敦促|确保|保证|请|由|让|指定|授权|委托)"
    r"(?:和?(?:指导|督促|要求|监督)|、)*(?:辖区内?|属地|所属|所辖|全体|各|每[名位个所]|本|其|有关|相关|下属)*$"
)
_FORBIDDEN = re.compile(r"(?:严禁|禁止|不准|不许|不得让|不允许)(?:任何|各类|全体)*$")
# A noun whose part or property follows is no subject: 学校周边, 学生宿舍, 门卫室, 保安年龄.
_OWNS = re.compile(
    r"的|参加的|要害|重点|周边|周围|附近|内部|内(?!勤)|外(?!出)|门口|大门|校门|正门|侧门|门前|门卫|安全(?!员|办|领导小组)"
    r"|宿舍|食堂|餐厅|教学楼|办公|实验|图书|操场|围墙|场所|区域|校舍|建筑|公寓|校园"
    r"|领导(?!小组)|管理(?!人员|员|部门|机构|办)|制度|秩序|环境|财产|财物|物品|设施|设备|器材|车辆|用车|专用"
    r"|人数|名单|家长(?!要|应|必)|家庭|会(?!同|商)|室|表|簿|证|牌|卡"
    r"|活动|放学|上学|上下学|离校|到校人|返校|入园|离园|伤害|溺水|欺凌|健康|身体|心理|作息|信息|情况|档案"
    r"|实际|代表|志愿|等候|接送|电话|卫生|规模|集中|餐饮|食品|队伍|力量|待遇|培训|考核|教育(?!局|部门|行政|和)"
    r"|交通车|专车|用车|保险|平安险|证件"
    r"|农村|中小学(?=生|教)|校园|联合下发|下发|印发|之间|群体|人身|生命|出入|进出|个人|乘|用餐|就餐|就寝|午休|休息|上下|往来|成绩|评价|职责"
    r"|条例|规定|手册|守则|规范|标准|方案|计划|总结|工作(?!人员|小组|要|应|须)|岗位(?!要|应)|名称|数(?![一二三四五六七八九十百\d])"
    r"|负责同志|主管部门|一方|双方|三方|签字|签名|同意|许可|批准|值班室|治安|纠纷|案件|事故|突发"
    r"|安保|保卫|消防(?!队|救援机构|部门|大队)|配备(?!不|要|应|好|齐|足)|投诉|反映|举报|同意"
    r"|(?:总)?(?:人数|人)?(?:\d+\s?[人名]|[一二三四五六七八九十百千]+[人名])|不足|超过|达到|级|职务"
)
# 按照公安厅下发的规范: whose paper it is, not who acts.
_WHOSE = re.compile(r"(?:按照|根据|依据|参照|依照|遵照)[^,;。]{0,14}$")
# Two teachers on duty are counted; the one who must send them is somebody else.
# 对门岗、食堂、校车逐项自查, 会同公安、消防检查: the others of a row that is acted on.
_IN_ROW = re.compile(
    r"(?:对|会同|联合|协同|与|和|向|包括|涉及|以|将|把|完成|检查|排查|由于|组织|签订)"
    r"[^,;。、:]{1,10}(?:、[^,;。、:]{1,10})*、$"
)
# 家长知晓率: of whom a share is taken is not who acts.
_SHARED = re.compile(
    r"[^,;。:要须应将对把]{0,8}?(?:率|覆盖面|满意度|面)(?:要|须|应|达|不|在|保持|为|均|力争|\d|100|9|8|三|双|达到)"
)
_GATHERED = re.compile(r"(?:大|例|座谈|全体|代表)?会(?!同|商)")
_NUMBERED = re.compile(
    r"(?:\d|[一二两三四五六七八九十])(?:名|位|个)(?:以上)?(?:行政人员和?|专职|兼职|以上)*$"
)
_EMPLOYED = re.compile(
    r"(?:人员|队员|员|老师|教师)*(?:应|须|要|必须|需|可)?(?:按[^,;。]{0,30}?)?(?:配足|配备|配齐|设|有)?"
    r"(?:不少于|不低于|不得少于|不能少于|至少|各|共|为|:|常备)*(?:\d+|[一二两三四五六七八九十]+)(?:名|人|位)(?!次)"
)
_SENT = re.compile(r"(?:选派|委派|聘请|聘任)(?:辖区|优秀|责任区)*$")
_DEED = re.compile(
    r"(?:任|担任|兼任|为)(?:法[制治]副校长|法[制治]辅导员|组长|副组长|成员|主任|队长|总指挥|第一责任人|责任人)"
)
_JOINED = re.compile(
    r"(?:[、和与及,]|以及|或者?|/|\([^)]{0,12}\))*(?:各|全体|辖区|属地|所在地|其他|有关|相关)*"
)
_PLACES = {"学校", "幼儿园"}  # employ people; are not employed
PRESENT = re.compile(
    r"在岗|到岗|值守|值班|执勤|站岗|护学|上岗|巡逻|在门口|把守|手持|轮流|上班|值勤|同时"
)
COUNTED = re.compile(
    r"(?:人员|队员|员|老师|教师)*(?:(?:应|须|要|必须|需|可)?(?:不少于|不低于|不得少于|不能少于|至少|配备|配足|配齐"
    r"|有|为|各|共|总数|数量|人数|保持|达到?|按[^,;。]{0,30}|:))*$"
)


@dataclass(frozen=True)
class Subject:
    """Who acts in a phrase; `names` joined by / where several act together."""

    start: int
    end: int
    names: str
    caused: bool = False


def subjects(text: str) -> list[Subject]:
    """Return those who act, in the order of the sentence; several named in a row are one."""
    return list(_subjects(text))


@lru_cache(maxsize=512)
def _subjects(text: str) -> list[Subject]:
    hits = [h for h in lexicon.holders_in(text) if h[2] != lexicon.NEUTRAL]
    out: list[Subject] = []
    for group in groups(text, hits):
        own = _of_phrase(text, group)
        found = _subject(text, group) or (_subject(text, own) if own is not group else None)
        if found:
            out.append(found)
    return _with_unlisted(text, out)


def _of_phrase(text: str, group: list[Hit]) -> list[Hit]:
    """对异常的学生,班主任每周…: those of a row that stand in its last phrase."""
    cuts = [i for i, h in enumerate(group) if i and "," in text[group[i - 1][1] : h[0]]]
    return group[cuts[-1] :] if cuts else group


def _subject(text: str, group: list[Hit]) -> Subject | None:
    """Who acts by a row of names; None if they only receive, are checked or own a noun."""
    kept = [h for h in group if not _owns(text, h)]
    start, end = group[0][0], group[-1][1]
    before, after = text[:start], text[end:]
    if not kept or kept[-1] is not group[-1] or _WHOSE.search(before):
        return None
    names = names_of(kept)
    if after.startswith("每") and before.endswith("落实"):
        return Subject(start, end, names)
    if _SENT.search(before) and _DEED.match(after):
        return Subject(start, end, names)
    caused = bool(_CAUSED.search(before))
    if not caused and _receives(before):
        return None
    if _OF_SOMEBODY.search(before) or _IN_ROW.search(before):
        return None
    if _SHARED.match(after) or _GATHERED.match(after):
        return None
    if kept[-1][2] not in _PLACES and _is_employed(text, end):
        return None
    return Subject(start, end, names, caused and not before.endswith("由"))


_OF_SOMEBODY = re.compile(r"对[^,;。]{1,16}的$")


def _receives(before: str) -> bool:
    return any(p.search(before) for p in (_ACTED_ON, _FORBIDDEN, _NUMBERED))


# A subject that no list holds, in the words of the text: 承办者应当, 招用保安员的单位应当.
_UNLISTED = re.compile(
    r"(?:^|[;。])(?:\([^)]{1,6}\))?(?P<of>[^,;。:的]{0,16}的)?"
    r"(?P<name>[一-鿿]{0,10}?(?:机构|单位|公司|中心|部门|小组|[^班]组|承办者|经营者|举办者|人员|委员会|协会|企业))"
    r",?(?:每[^,;。应须]{1,12},?|于[^,;。应须]{1,12},?)?(?:应当|应|必须|须)"
)


def _with_unlisted(text: str, found: list[Subject]) -> list[Subject]:
    out = list(found)
    for match in _UNLISTED.finditer(text):
        start, end = match.start("name"), match.end("name")
        if any(s.start < end and start < s.end and s.names for s in found):
            continue
        name = match.group("name")
        name = (
            "各单位"
            if name in {"单位", "的单位", "其他单位"} or name.endswith("被督导单位")
            else name
        )
        begin = match.start("of") if match.group("of") else start
        out = [s for s in out if not (begin <= s.start < end)]
        out.append(Subject(begin, end, name))
    taken = [(h[0], h[1]) for h in lexicon.holders_in(text)]
    for match in _TITLED.finditer(text):
        start, end = match.span("name")
        if not any(a < end and start < b for a, b in taken):
            out.append(Subject(start, end, match.group("name")))
    return sorted(out, key=lambda s: s.start)


# 网格员每周…, 由电工每月…: a post that no list holds, where a time or a duty follows at once.
_TITLED = re.compile(
    r"(?:^|[,;。:]|由)(?:各|镇|街道|县|区|市)?"
    r"(?P<name>电工|[一-鿿]{1,5}?(?:(?<![人成队学党团会动委职全满])员|(?<!团)队|[^本学]科|股|办|[^车网防]站"
    r"|卫生院|组长|主任|处室|社区))"
    r"(?=每|应|须|要|负责|牵头|必须|全天|轮流|定期|不定期|至少|\d{1,2}[:点时月日])"
)


def _is_employed(text: str, end: int) -> bool:
    """保安不少于5名: those that are to be had, unless the words say that they stand somewhere."""
    found = _EMPLOYED.match(text, end)
    if found is None:
        return False
    told = re.split(r",(?:确保|保证)|[;。]", text[end : found.end() + 10])[0]
    return not PRESENT.search(told)


def names_of(hits: Sequence[Hit]) -> str:
    """The holders of several words, each once, joined by /."""
    return "/".join(dict.fromkeys(name for h in hits for name in h[2].split("/")))


def groups(text: str, hits: Sequence[Hit]) -> list[list[Hit]]:
    """Holders named in a row act together."""
    out: list[list[Hit]] = []
    for hit in hits:
        if out and _JOINED.fullmatch(text[out[-1][-1][1] : hit[0]]):
            out[-1].append(hit)
        else:
            out.append([hit])
    return out


def _owns(text: str, hit: Hit) -> bool:
    after = text[hit[1] :]
    if hit[2] == "学校" and text[hit[0] : hit[1]] == "校园":
        before = text[: hit[0]]
        return bool(_OWNS.match(after)) or not re.search(
            r"(?:每个?|各|制|城市|农村|乡镇|城区|偏远|所有)$", before
        )
    return bool(_OWNS.match(after) or _DEED.match(after))


def is_authority(names: str) -> bool:
    """Whether an office, not a school or its people, is named."""
    return set(names.split("/")) <= _AUTHORITIES


_AUTHORITIES = {
    "教育局",
    "公安机关",
    "公安派出所",
    "综治办",
    "镇街",
    "各单位",
    "市场监管部门",
    "消防部门",
    "政府",
    "领导小组",
    "联合检查组",
}
