"""Owns duties without number, period or date: what a sentence asks to be so at all times.

A slogan, a heading, a purpose and a means are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from . import classify, lexicon
from .lexicon import Hit
from .measure import Measure
from .outline import Sentence
from .structure import Phase

MOST = 5  # duties that one sentence gives without a number; our own bound
STRONG = 4  # weight of a word that speaks of its activity alone
_DEED = re.compile(
    r"严禁|严防|禁止|不得|不准|必须|要|应|须|加强|建立|健全|完善|落实|配备|配齐|增配|聘用|开展|做好|及时|报告|上报|实行|设置|安装"
    r"|排查|整治|检查|督促|督导|指导|组织|制止|没收|清除|疏导|登记|巡逻|值班|负责|接入|清查|化解|管控|打击|追究|考核|宣传|培训|演练"
    r"|教育|盘查|控制|保持|保证|确保|防止|修建|通报|限期|纳入|成立|邀请|举行|参加|安排|监督|协调"
)
_PURPOSE = re.compile(
    r"(?:为|为了|从而|以便|切实|不断(?:提高|增强|提升)|全面提升|全力维护|确保[^,]{0,8}(?:稳定|安全)$|坚持|结合|围绕|按照|根据|依据|参照"
    r"|通过|利用|充分利用|依托|在[^,]{1,30}(?:下|中|上|前|时|后)$|对(?![^,]*(?:开展|进行|实行|组织|加强))[^,]{1,40}$|因|由于|如|凡|一旦|发现[^,]{0,20}$|特别是|进一步(?:增强|提高|提升|净化)"
    r"|提高|增强|形成|做到[^,]{0,6}有|树立|要?在[^,]{1,40}(?:时段|时间|期间)$)"
)
_NONE = re.compile(r"^(?:为|根据).{4,}|(?:如下|方案|通知)[:。]?$|^组\s?长|^成\s?员|^附件|^\d+年")
_LABELS = re.compile(r"(?:负责人|对象|时间|地点|范围|依据|联系人)[:：]")
_MODAL = re.compile("|".join(lexicon.MODALS))


_FORBIDS = re.compile(r"严禁|禁止|不得|不准|严防")
_PLANS = re.compile(r"制定|制订|编制|完善|部署|成立|印发|动员|拟定|下发")
_MEDIA = re.compile(r"(?:宣传栏|板报|专栏|网站|公众号|广播)[^,]*等[^,]{0,6}形式")
# Says that there is work, not which.
_VAGUE = re.compile(r"负责(?:具体|日常)?(?:组织实施|组织协调|日常工作)|^等工作$")
# The act decides, not what it is about; the first that fits.
_ACTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), codes)
    for pattern, codes in (
        (r"加大[^,]*(?:资金|经费)?投入(?:力度)?$|(?:落实|保障)[^,]{0,4}经费", "other"),
        (
            r"^(?:[^,]{0,6}(?:综治|公安|教育|镇街|街道)[^,]{0,6})?(?:要|应)?(?:督促(?!指导)|督导(?!检查))",
            "supervision.visit",
        ),
        (
            r"(?:制止|劝阻)[^,]*(?:打架|斗|欺|宣传|销售|追逐|行为|现象)|(?:打架|宣传|销售)[^,]*(?:制止|劝阻)",
            "other",
        ),
        (r"坚决制止", "other"),
        (
            r"(?:带入|携带|进入)[^,]*(?:刀具|物品|器具)|(?:刀具|物品|器具)[^,]*(?:带入|进入|带进)",
            "contraband.check",
        ),
        (r"(?:登记|出入证)[^,]*接送[^,]{0,20}制度", "visitor.entry/pickup.control"),
        (
            r"盘查|(?:未经许可|闲散|闲杂|可疑|外来|无关|社会)[^,]{0,6}人员[^,]{0,6}(?:进入|入校|入园|登记)",
            "visitor.entry",
        ),
        (r"第一责任", "accountability"),
        (r"(?:凭|持)请假条[^,]*(?:及|和|、)[^,]*接送", "leave.slip/pickup.control"),
        (r"扬言", "concern.review"),
        (r"接送[^,]{0,20}制度", "pickup.control"),
        (r"(?:集体|外出|大型)[^,]{0,6}活动?[^,]{0,6}审批|审批制度", "other"),
        (r"校车[^,]*(?:制度|责任)", "bus.check"),
        (r"三无|车辆[^,]{0,8}疏导|疏导[^,]{0,8}车辆", "vehicle.entry"),
        (r"(?:消防|疏散|安全|逃生)[^,]{0,4}(?:通道|出口)[^,]{0,4}畅通", "fire.check"),
        (r"培训[^,]*上岗", "training.staff"),
        (r"[上到离脱空在]岗(?!前|位)|擅自离职", "duty.post"),
        (
            r"查看校园|校园[^,]{0,4}查看|巡控|(?:治安|社会面?)防控工作|巡防|护校队伍?巡",
            "patrol.round",
        ),
        (r"(?:做好|填写|作好)[^,]{0,6}记录|建立?(?:工作|管理)?台[账帐]", "filing"),
        (r"隐患[^,]*排查|排查[^,]*隐患|(?<!巡)(?:检查|排查)$", "hazard.inspection"),
        (r"(?:整改)?通知书", "hazard.rectify"),
        (
            r"(?:配[备齐足]|设置|安装|完善|修建|设立|建设|接入)[^,]*(?:设施|装置|器材|装备|设备|器械|标志|系统(?:建设)?$|联网)",
            "equipment.count",
        ),
        (r"回头看", "supervision.visit"),
        (
            r"(?:教育|防范)[^,]{0,6}网络$|(?:日|周|月|年|行动)[”\"]、?[^,]*活动|进校园[”\"]?活动",
            "publicity",
        ),
        (
            r"(?:师生|学生|幼儿)[^,]*教育[^,]{0,4}(?:培训)?[^,]*演练",
            "lesson.safety/drill.evacuation",
        ),
        (
            r"(?:师生|学生|幼儿)[^,]*(?:安全|法[制治])[^,]{0,4}教育|教育[^,]{0,6}(?:师生|学生|幼儿)|法[制治]教育报告",
            "lesson.safety",
        ),
    )
)
# What stands below these says what is wished, not what is asked.
_DUTIES = re.compile(r"职责|任务分工|守则|须知")
_AIMS = re.compile(r"目标|指导思想|宗旨|意义|总体要求|工作原则")


def is_asked(sentence: Sentence) -> bool:
    """Whether a sentence without a measure may ask for something at all."""
    text = sentence.text
    if len(text) < 8 or _NONE.search(text) or _LABELS.search(text):
        return False
    heads = (sentence.clause, *sentence.clause.ancestors())
    if any(_AIMS.search(c.heading[:14]) for c in heads if c.path):
        return False
    if not sentence.clause.path or _is_heading(sentence):
        return False
    return bool(_MODAL.search(text)) or any(_DUTIES.search(c.heading[:20]) for c in heads)


def _is_heading(sentence: Sentence) -> bool:
    """The words of a clause's own number line, before what it says: no duty."""
    clause, text = sentence.clause, sentence.text
    opens = sentence.start - clause.start <= len(clause.marker) + 1
    more = bool(clause.children) or clause.end - sentence.end > 4
    return (
        opens and more and len(text) <= 26 and not re.search(r"[要应须,]|必须|严禁|不得|有权", text)
    )


@dataclass(frozen=True)
class Asked:
    """An activity that a phrase asks for; `start`, `end` the phrase within the sentence, `at` where
    the act is named.
    """

    code: str
    start: int
    end: int
    at: int


def asked(
    text: str, taken: Sequence[str] = (), spans: Sequence[tuple[int, int]] = ()
) -> list[Asked]:
    """Return what the phrases of a sentence ask for, in their order.

    :param taken: activities that the sentence already asks with a measure.
    :param spans: places of those measures; their phrases are left out.
    """
    hits = lexicon.activities_in(text)
    known = {(classify.family(code), False) for code in taken}
    out: list[Asked] = []
    by_media = False
    for begin, end in _phrases(text):
        if any(begin <= s < end for s, _ in spans):
            continue
        phrase = text[begin:end]
        by_media = by_media or bool(_MEDIA.search(phrase))
        if _PURPOSE.match(phrase) or _VAGUE.search(phrase):
            continue
        inside = [h for h in hits if begin <= h[0] and h[1] <= end]
        for code, at in _acts(phrase) or _of_phrase(inside, phrase, begin):
            code = "publicity" if code == "lesson.safety" and by_media else code
            forbids = bool(_FORBIDS.match(phrase))
            if (classify.family(code), forbids) not in known:
                known.add((classify.family(code), forbids))
                out.append(Asked(code, begin, end, begin + at))
    return out[:MOST]


def measure(text: str, one: Asked, measured: Sequence[Measure], phase: Phase | None) -> Measure:
    """When a phrase asks it: in the time of its phase, in the period that the sentence begins with
    if it goes on with 并, else at all times.
    """
    opening = next((m for m in measured if m.start < 8 and m.rule == "periodic"), None)
    if opening and re.match(r"并|同时|以及", text[one.start : one.end]):
        return replace(opening, start=one.start, end=one.end)
    if phase and phase.end:
        return Measure(one.start, one.end, "phase", due=phase.due, period=phase.period)
    return Measure(one.start, one.end, "standing")


def _acts(phrase: str) -> list[tuple[str, int]]:
    """What a phrase asks by the act that it names, whatever else it mentions."""
    for pattern, codes in _ACTS:
        if match := pattern.search(phrase):
            return [(code, match.start()) for code in codes.split("/")]
    return []


def _of_phrase(hits: Sequence[Hit], phrase: str, begin: int) -> list[tuple[str, int]]:
    """What a phrase asks for by its words: the strongest, and another that it joins to it."""
    hits = [h for h in hits if h[3] >= STRONG and not _only_named(h, phrase)]
    if not hits or not _DEED.search(phrase):
        return []
    best = max(hits, key=lambda h: (h[3], -h[0]))
    others = [h for h in hits if classify.family(h[2]) != classify.family(best[2])]
    told = [best]
    if others and re.search(r"以及|和|、|及", phrase):
        other = max(others, key=lambda h: (h[3], h[0]))
        if other[3] >= best[3]:
            told = sorted((best, other))
    return [(h[2], h[0] - begin) for h in told]


def _only_named(hit: Hit, phrase: str) -> bool:
    """A plan is asked for where it is made, not where a campaign is only named."""
    return hit[2] == "planning" and not _PLANS.search(phrase)


def main(text: str) -> str:
    """The one activity of a sentence whose phrases name none plainly."""
    best: dict[str, int] = {}
    for _, _, code, weight in lexicon.activities_in(text):
        if weight >= 3 and (code != "planning" or _PLANS.search(text)):
            best[code] = max(best.get(code, 0), weight)
    return max(best, key=lambda c: best[c]) if best else "other"


def asks_plainly(text: str) -> bool:
    """Whether the words of duty alone make it one, though no activity is known."""
    return bool(re.search(r"严禁|不得|禁止|不准|制止", text))


def _phrases(text: str) -> list[tuple[int, int]]:
    out, begin, depth = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "(“《") - (c in ")”》")
        if c in ",;:" and depth <= 0:
            out.append((begin, i))
            begin = i + 1
    out.append((begin, len(text)))
    return out
