"""Owns which of those that a sentence names acts: for a measure, for a phrase, for what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import holders, lexicon
from .holders import Subject

# Who is only looked after is not carried to the next sentence.
_NOT_CARRIED = {"学生", "家长"}


def of_measure(
    text: str, at: int, end: int, found: Sequence[Subject], *, people: bool = False
) -> str:
    """Return who does what a measure at [at, end) asks: the last subject named before it in the
    sentence, else the first after it in its phrase; empty if the sentence names nobody.

    :param people: the measure counts people, who are then not the ones that must employ them.
    """
    if people and (sent := _posted(text, at, end)):
        return sent
    usable = [s for s in found if not (people and _is_counted(text, s, at, end))]
    cut = text.rfind(";", 0, at) + 1
    if any(cut <= s.start <= at for s in usable):
        usable = [s for s in usable if s.start >= cut]
    if sent := _sent_by(text, end, usable):
        return sent
    before = [s for s in usable if s.start <= at]
    if team := _formed(text[:at]):
        return team
    if before:
        own = [s for s in before if not s.caused]
        last = before[-1]
        if last.caused and not own and _only_supervises(text, last):
            return ""
        if last.caused and own and _supervises(text, own[-1], last):
            return own[-1].names
        return last.names
    after = next((s for s in usable if s.start > at and _follows(text, end, s)), None)
    return "" if after is None or (after.caused and _only_supervises(text, after)) else after.names


def _is_alone(text: str, end: int) -> bool:
    """Whether a phrase that ends at `end` says no more than a time."""
    left = max(text.rfind(c, 0, end) for c in ",;。:") + 1
    return bool(
        re.fullmatch(
            r"[^一-鿿]{0,4}(?:[\d一二三四五六七八九十]+|[年月日号前底末初至到每周季学期开放假结束后上旬中下-]|[~-])*",
            text[left:end],
        )
    )


def _sent_by(text: str, end: int, usable: Sequence[Subject]) -> str:
    """低年级每天由任课教师护送: who follows 由 in the phrase acts, whoever it opens with."""
    stop = next((i for i in (text.find(c, end) for c in ",;。") if i >= 0), len(text))
    named = (s for s in usable if end <= s.start < stop and text[: s.start].endswith("由"))
    return next((s.names for s in named), "")


def _follows(text: str, end: int, subject: Subject) -> bool:
    """Whether who is named after a measure does it: in its phrase, or 每月一次,由安全办负责."""
    between = text[end : subject.start]
    if re.search(r"[;。]", between):
        return False
    if "," in between and _is_alone(text, end) and between.index(",") == 0:
        between = between[1:]  # 8月25日前,各处室…: the phrase only says when
    return "," not in between or bool(re.search(r",(?:均|统一|并)?由(?:各)?$", between))


# Where people that are counted stand somewhere at a time, they act themselves.
_STANDING = re.compile(
    r"在岗|在位|到岗|值守|值班|执勤|站岗|护学|上岗|巡逻|把守|坐班|带班|接班|维持|疏导|护送|跟车|随车|陪"
    r"|看管|守|巡|迎|到场|验收|监考|查|上学|放学|高峰|课间|就餐|用餐"
)
_KEPT = re.compile(r"配备|安排|配齐|配足|配$|聘|招|增配|设(?!岗|卡)|编制|组成|抽调|持证|占")
_RANKED = re.compile(r"(?:以上|及以上)?的?(?:专职|兼职|男性|女性|中层|值周|行政|校级|安全)*")


def _posted(text: str, at: int, end: int) -> str:
    """校门须有两名教师同时在位: the counted people themselves; empty if they only must be had."""
    left = max(text.rfind(c, 0, at) for c in ",;。") + 1
    right = min((i for i in (text.find(c, end) for c in ",;。") if i >= 0), default=len(text))
    phrase = text[left:right]
    if _KEPT.search(phrase) or not _STANDING.search(text[:at] + phrase):
        return ""
    hits = [h for h in lexicon.holders_in(text) if h[2] not in _NOT_POSTED]
    named = _RANKED.match(text, end)
    behind = named.end() if named else end
    after = next((h for h in hits if end <= h[0] <= behind <= h[1]), None)
    if after:
        return after[2]
    before = next(
        (
            h
            for h in hits
            if left <= h[0] and h[1] <= at and holders.COUNTED.fullmatch(text[h[1] : at])
        ),
        None,
    )
    return before[2] if before else ""


_NOT_POSTED = {lexicon.NEUTRAL, "学校", "幼儿园", "学生", "各单位", "班级/班主任"}


_FORMED = re.compile(
    r"(?:组成|组建|成立)(?:联合|专项)*(?P<team>检查组|督查组|督导组|调查组|工作专班),"
)


def _formed(text: str) -> str:
    """组成联合检查组,对学校开展…: the team that is formed acts."""
    formed = _FORMED.search(text)
    return lexicon.holders_in(formed.group("team"))[0][2] if formed else ""


_FIRST = re.compile(r"(?:校长|园长)[^,;。]{0,20}第一责任人")
_OPENS = re.compile(
    r"(?:寄宿制|偏远|城市|农村|乡镇|城区|各|全体|每[个位名]|所有|民办|有条件的|学校|本|我"
    r"|[A-Za-z×]{0,4}[一-鿿]{0,3}[省市区县]|辖区|责任区"
    r"|[一二三四五六七八九十](?:要|是)|要|应|须|并|同时|特别是|充分|切实|继续"
    r"|在[^,]{1,12}时|当前|各自|请|由|并由|其中)*"
)


def leading(text: str, found: Sequence[Subject]) -> str:
    """Return who stands at the head of a sentence; empty if nobody does."""
    if _FIRST.search(text):
        return "校长"
    for i, subject in enumerate(found):
        head = text[: subject.start]
        following = found[i + 1] if i + 1 < len(found) else None
        if following and _EACH.fullmatch(text[subject.end : following.start]):
            continue
        if subject.caused and _only_supervises(text, subject):
            continue
        if subject.start <= 24 and (_OPENS.fullmatch(head) or (subject.caused and len(head) < 8)):
            return subject.names
    return ""


def of_part(text: str, start: int, found: Sequence[Subject], bound: str) -> str:
    """Return who acts in the phrase that begins at `start`: whom it opens with, else whom a phrase
    before it opened with, else `bound`.
    """
    if team := _formed(text[:start]):
        return team
    if _FIRST.search(re.split("[,;]", text[start:])[0]):
        return "校长"
    begins = [0, *(m.end() for m in re.finditer(r"[,;:]", text[:start]))]
    own, acts = "", bound
    for begin in begins:
        opening = [s for s in found if s.start >= begin and _opens(text[begin : s.start], s)]
        if not opening:
            continue
        first = opening[0]
        later = next((s for s in found if s.start > first.start), None)
        if later and _EACH.fullmatch(text[first.end : later.start]):
            first = later  # 学校每位值班人员: whom the school has, not the school
        if not first.caused:
            helped = next((s for s in found if s.caused and s.start > first.end), None)
            made = helped and re.fullmatch(_MADE_TO, text[first.end : helped.start])
            own = first.names
            acts = helped.names if helped and made else own
        elif not _only_supervises(text, first):
            advised = not re.search(r"责成|要求", text[begin : first.start])
            stays = advised and (own or _of_police(bound))
            acts = (own or bound) if stays else first.names
    return acts


def _of_police(names: str) -> bool:
    """Whether the police speak, who advise schools and act themselves."""
    return bool(set(names.split("/")) & {"公安派出所", "民警", "公安机关"})


_EACH = re.compile(r"(?:每[位名个]|全体|所有|各)")
_MADE_TO = r"(?:要|应|须|负责|必须)?(?:督促指导|指导督促|责成|要求)[^,;。]{0,4}"


def _opens(head: str, subject: Subject) -> bool:
    verbs = r"(?:[、和]?(?:督促|指导|督导|监督|责成|要求|组织))*" if subject.caused else ""
    return len(head) <= 24 and bool(re.fullmatch(_OPENS.pattern + verbs + _OPENS.pattern, head))


def _is_counted(text: str, subject: Subject, at: int, end: int) -> bool:
    """小门有保安一人: the people that a measure counts."""
    between = text[subject.end : at]
    told = text[max(0, subject.start - 12) : subject.start] + text[end : end + 12]
    return (
        len(between) < 12
        and bool(holders.COUNTED.fullmatch(between))
        and not holders.PRESENT.search(told)
    )


def _only_supervises(text: str, caused: Subject) -> bool:
    """督促门卫做好检查: whoever supervises is asked, not the one who is supervised."""
    verb = text[max(0, caused.start - 8) : caused.start]
    return bool(re.search(r"督促|监督|督导", verb)) and "指导" not in verb


def _supervises(text: str, own: Subject, caused: Subject) -> bool:
    """各单位要责成学校自查: the school; 教育局督促学校: who supervises is asked for itself."""
    verb = text[own.end : caused.start]
    return bool(re.search(r"督促|督导|监督|指导", verb)) and not re.search(r"督促指导", verb)


_LISTS_NAMES = re.compile(
    r"^(?:常务|第一)?(?:副)?(?:组长|成员|队长|组员|队员|总指挥|主任|联系人|负责人|责任人)\s?:"
)


def carried(text: str, found: Sequence[Subject], *, measured: bool = False) -> str:
    """Return whom the sentence leaves as the subject of the next one; empty if nobody.

    :param measured: it asks for something that is counted, of whoever it names last.
    """
    if _LISTS_NAMES.match(text) or text.startswith("职责:"):
        return ""
    own = [s for s in found if not s.caused]
    speaker = leading(text, own)
    if not speaker and measured and own and own[-1].names != "各单位" and _begins(text, own[-1]):
        speaker = own[-1].names
    return "" if speaker in _NOT_CARRIED else speaker


def _begins(text: str, subject: Subject) -> bool:
    """Whether a phrase begins with whom it names."""
    head = re.split("[,;:]", text[: subject.start])[-1]
    return bool(_OPENS.fullmatch(head))


_WITH_OTHERS = re.compile(r"(?:并|要|应|积极)*(?:会同|协调)(?:有关|相关|各)?[^,;。]{0,8}部门")


def needs_authority(phrase: str) -> bool:
    """会同相关部门: whoever does so is no teacher."""
    return bool(_WITH_OTHERS.match(phrase))
