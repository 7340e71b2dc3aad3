"""Owns what a plan says about itself: phases, bodies, roles, reports due, the number of its main
measures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import dates, lexicon
from .outline import Clause, Sentence

_PHASE_NAME = re.compile(
    r"(?P<name>[“\"‘]?[一-鿿、“”\"]{2,16}?阶段)[”\"]?(?P<tail>[:,、"
    r"]?\s?[\(（\[【]?)|第(?P<n>[一二三四五六])阶段[:,、(]?\s?(?P<after>[一-鿿“”\"]{0,14})"
)
_DATED_HEAD = re.compile(r"(?P<name>[一-鿿、“”\"]{2,14})\((?P<dates>[^)]{4,40})\)")
_BRACKET = re.compile(r"[(（\[【]([^)）\]】]{2,40})[)）\]】]")
_MEASURES = re.compile(
    r"(?:主要|工作|重点|具体|防范|保障)?(?:措施|任务|工作内容|主要工作|重点工作|工作任务|工作重点|行动内容|活动内容|主要活动|整治内容|整治重点|职责)(?:及要求|与要求|和要求|及措施|和措施)?$"
)
_SECTION = re.compile(r"目标|指导思想|组织(?:机构|领导)|步骤|时间安排|总则|附则")
_NOT_MEASURES = re.compile(r"目标|要求|保障|组织|分工|原则|步骤|安排")
_BODY = re.compile(
    r"(?P<lead>[一-鿿“”\"]{0,14}?)(?P<kind>(?:" + "|".join(lexicon.BODIES) + ")(?!伍))"
)
_LEAD_CUT = re.compile(
    r"^.*(?:发挥|效|负责|根据|按照|经|报|听从|服从|协助|配合|通告|参加|加强|成立|组建|建立|设立|下设|设|组成|依托|为|由|在|向|的|和|及|与|各|有|全区|全市|全县|推动|力量|城市校园|乡镇农村校园|幼儿园|中小学|认真做好|队员|年|市)"
)
_KNOWN_LEAD = re.compile(r"^(?:联合|领导小组|校园|学校|护校|联防|应急|“?护校安园”?|安全)")
_ROLE = re.compile(
    r"(?:^|[\s,。;、:)]|任|担任|兼任|一名|一位)(?P<role>"
    + "|".join(lexicon.ROLES)
    + r")(?=\s?[:：]|$)|(?:任|担任|兼任|一名|一位|1名|1位)(?P<by>"
    + "|".join(lexicon.ROLES)
    + ")"
)
_TO = re.compile(
    r"(?:上报|报送|报告|呈报|报至|报到|报给|报)(?:至|给|到|于|送)?(?P<to>(?:属地)?[一-鿿]{0,14}?(?:督导室|党委、"
    r"政府|政府|安全办公室|安全办|办公室|教育局|教体局|公安局|公安分局|派出所|领导小组|委员会|居委会|村委会|社区|校长室|局|政府|党委|厅|股|科|中心|部门|企业|公司|室|委|办|处|村))(?=[,。"
    r";、(:和备及协]|$|[^一-鿿])"
    r"|向(?P<to2>[一-鿿、]{0,16}?(?:党委、"
    r"政府|政府|督导室|办公室|教育局|教体局|公安局|派出所|领导小组|委员会|居委会|村委会|社区|局|党委|部门|企业|公司|委|处|村))(?:及时|书面|如实|立即|主动|第一时间)?(?:报告|上报|汇报|报送|报备)"
)


@dataclass(frozen=True)
class Phase:
    name: str
    start: str | None
    end: str | None
    clause: Clause
    masked: bool = False
    at: int = 0  # where its words begin and end in the clean text
    until: int = 0

    @property
    def due(self) -> str | None:
        """When its work is due, in the exchange form; None where no end is given."""
        return f"{self.start}~{self.end}" if self.start and self.end else self.end

    @property
    def period(self) -> str:
        return "once" if self.start else "before_date"


@dataclass(frozen=True)
class Report:
    to: str
    due: str | None
    sentence: Sentence


_INLINE = re.compile(r"(?:第[一二三四五六]阶段|[一-鿿“”]{2,10}阶段)[:,、]?[(\[【]?")


def phases(clauses: list[Clause], sentences: list[Sentence]) -> list[Phase]:
    """Return the phases of a campaign: what names one and gives its dates."""
    heads = [replace(p, at=p.clause.start, until=p.clause.last) for p in _heads(clauses)]
    known = {(p.name, p.start, p.end) for p in heads}
    for sentence in sentences:
        text = re.sub(r"^[^:]{0,20}(?:如下|安排|步骤|进行|阶段):", "", sentence.text)
        if not _INLINE.match(text) or not dates.find(text[:60]):
            continue
        one: list[Phase] = []
        _add(one, sentence.clause, text)
        for phase in one:
            if (phase.name, phase.start, phase.end) not in known and phase.end:
                known.add((phase.name, phase.start, phase.end))
                heads.append(replace(phase, at=sentence.start, until=sentence.clause.last))
    heads.sort(key=lambda p: p.at)
    return [
        replace(
            p,
            until=min(
                [p.until, *(q.at for q in heads[i + 1 :] if q.clause is p.clause and q.at > p.at)]
            ),
        )
        for i, p in enumerate(heads)
    ]


def _heads(clauses: list[Clause]) -> list[Phase]:
    out: list[Phase] = []
    for clause in clauses:
        head = clause.text[len(clause.marker) :].split("\n")[0][:70]
        match = _PHASE_NAME.match(head) or (
            _PHASE_NAME.match(clause.text[:70]) if clause.style == "" else None
        )
        if match is None:
            numbered = re.match(r"第[一二三四五六]阶段", clause.text)
            match = _PHASE_NAME.match(clause.text[:70]) if numbered else None
            head = clause.text[:70] if numbered else head
        dated = _DATED_HEAD.match(head)
        if (
            match is None
            and dated
            and clause.path
            and (due := dates.find(dated.group("dates")))
            and due[0].kind == "range"
        ):
            start, _, end = due[0].due.partition("~")
            out.append(Phase(dated.group("name"), start, end, clause, due[0].masked))
            continue
        if match is None:
            for line_match in re.finditer(
                r"(?:^|\n)\s*(第[一二三四五六]阶段[^\n]{0,60})", clause.text
            ):
                _add(out, clause, line_match.group(1))
            continue
        _add(out, clause, head)
    return out


def _add(out: list[Phase], clause: Clause, head: str) -> None:
    match = _PHASE_NAME.match(head)
    if match is None:
        return
    near = head[match.start() :]
    bracket = _BRACKET.search(near)
    found = dates.find(bracket.group(1)) if bracket else []
    if not found:
        found = dates.find(re.split(r"[。;]", near, maxsplit=1)[0])
    name = match.group("name")
    if not name:
        after = re.split(r"阶段", match.group("after") or "")[0]
        after = (
            re.sub(r"[一-鿿]*(?:月|年|日|自|从|即日).*$", "", after)
            if not re.search("部署|自查|整|检|总结|验收|宣传|巩固|动员", after)
            else after
        )
        name = (after + "阶段") if after else f"第{match.group('n')}阶段"
    start = end = None
    masked = False
    if found:
        first = found[0]
        masked = first.masked
        start, _, end = first.due.partition("~")
        if not end:
            start, end = (
                (None, first.due) if first.kind in {"before", "on"} else (first.due, first.due)
            )
    elif bracket and re.search(r"即日起?|之日起", bracket.group(1)):
        start = dates.ISSUE
    if found or clause.style:
        if any(p.name == name and p.clause is clause for p in out):
            return
        if found or re.search(r"阶段", clause.heading):
            out.append(Phase(name, start or None, end, clause, masked))


def bodies(text: str) -> list[str]:
    """Return the names of bodies in their longest form, in the order of the text."""
    found: list[tuple[str, str]] = []
    flat = re.sub(r"[\s“”\"‘’]", "", text)
    for match in _BODY.finditer(flat):
        lead = match.group("lead")
        if not _KNOWN_LEAD.match(lead):
            lead = _LEAD_CUT.sub("", lead)
        name = re.sub(r"^(?:本|该|此|我|其|新|专项行动)+", "", lead) + match.group("kind")
        if name not in {"工作组", "委员会", "检查组", "指挥部"} and len(name) <= 20:
            found.append((match.group("kind"), name))
    if re.search(r"下设(?:立)?办公室|领导小组办公室", flat) and any(
        "领导小组" in n for _, n in found
    ):
        found.append(("领导小组办公室", "领导小组办公室"))
    kept: list[tuple[str, str]] = []
    for kind, name in found:
        if any(k == kind and _within(name, n) for k, n in kept):
            continue
        kept = [(k, n) for k, n in kept if not (k == kind and _within(n, name))] + [(kind, name)]
    return [name for _, name in kept]


def _within(short: str, long: str) -> bool:
    """Whether one name's characters occur in the other in order: 校巡逻队 in 校园安全巡逻队."""
    rest = iter(long)
    return all(c in rest for c in short)


def roles(text: str) -> list[str]:
    """Return role words that introduce people (组长： …) or appoint one (任办公室主任)."""
    squeezed = re.sub(r"(?<=[一-鿿])[ \u3000]+(?=[一-鿿])", "", text)
    found = []
    for line in squeezed.split("\n"):
        for match in _ROLE.finditer(line):
            found.append(match.group("role") or match.group("by"))
        tail = re.search(r"(队员|组员|成员)[:：]", line)
        if tail:
            found.append(tail.group(1))
    return list(dict.fromkeys(found))


def reports(sentences: list[Sentence], dues: Mapping[int, list[str]]) -> list[Report]:
    """Return what must be reported to whom, with a due where the text gives one.

    :param dues: when what a sentence asks to report is due, by where the sentence begins.
    """
    out: list[Report] = []
    for sentence in sentences:
        match = _TO.search(sentence.text)
        if match is None or re.search(r"已(?:经)?(?:上报|报)|获|表扬", sentence.text):
            continue
        to = (match.group("to") or match.group("to2")).removeprefix("至").removeprefix("给")
        to = re.sub(r"^(?:学校|各)?(?:及时|书面|如实|立即|逐级|后|送)", "", to)
        if (
            not to
            or to in {"部门", "办", "室", "局", "中心", "科", "厅", "股", "委", "办公室"}
            or (to.endswith("部门") and not re.search(r"主管|行政", to))
        ):
            continue
        dated = [d.due for d in dates.find(sentence.text) if d.kind in {"before", "on"}]
        if found := dated or dues.get(sentence.start, []):
            out.extend(Report(to, due, sentence) for due in dict.fromkeys(found))
        elif not any(r.to == to and r.due is None for r in out):
            out.append(Report(to, None, sentence))
    return out


def measures(clauses: list[Clause]) -> int:
    """Count the items of the section that holds the plan's main measures; 0 if there is none."""
    for clause in clauses:
        heading = re.sub(r"[\s、.:]", "", clause.heading)
        if (
            clause.parent is not None
            and clause.parent.parent is None
            and len(heading) <= 14
            and _MEASURES.search(heading)
        ):
            if _NOT_MEASURES.search(heading) and "职责" not in heading:
                continue
            if "分工" in heading:
                continue
            count = _items(clause)
            if count:
                return count
    return _listed(clauses)


def _listed(clauses: list[Clause]) -> int:
    """The items of a text that is one list and names no section of measures; 0 if it is none."""
    tops = [c for c in clauses if c.parent is not None and c.parent.parent is None and c.path]
    styles = {c.style for c in tops}
    named = [c for c in tops if _SECTION.search(re.sub(r"[\s、.:]", "", c.heading)[:14])]
    return len(tops) if len(styles) == 1 and len(tops) >= 3 and not named else 0


def _items(clause: Clause) -> int:
    if not clause.children:
        return 0
    style = clause.children[0].style
    return sum(1 for child in clause.children if child.style == style)
