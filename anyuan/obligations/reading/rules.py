"""Reading a plan: text in, outline, phases, bodies, reports and obligations out; every one linked to its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from . import classify, dates, lexicon, measures, structure, traps
from .lexicon import Hit
from .measure import Measure
from .outline import Clause, Sentence, Source, outline, sentences, split_plans, title
from .patterns import CUE
from .structure import Phase, Report

RECURRING = {"shift", "day", "week", "month", "quarter", "term", "half_year", "year"}
_DUTY = re.compile("|".join(lexicon.MODALS))
_DEADLINE = re.compile(
    r"完成|上报|报送|报至|报到|报告|提交|上交|交至|到位|反馈|备案|建成|实现|达到|签订|制定|印发|报|送|整改|结束|录入|配齐|安装"
)
_NO_STANDING = re.compile(
    r"^(?:为|根据|依据|按照).{4,}|(?:如下|方案|通知)[:。]?$|^组\s?长|^成\s?员|^附件|^\d+年"
)
_SUBJECTS = re.compile(r"(?:负责人|对象|时间|地点|范围|依据|联系人)[:：]")


@dataclass(frozen=True)
class Obligation:
    """A checkable duty. `start`, `end` are character offsets in the plan's text as given."""

    section: str
    start: int
    end: int
    quote: str
    duty_holder: str
    action: str
    activity: str
    comparator: str
    quantity: float | None
    quantity_max: float | None
    unit: str | None
    period: str
    per: str | None
    due: str | None
    applies_to: str
    rule: str
    kind: str

    def as_row(self, doc: str) -> dict[str, Any]:
        """The exchange form of one obligation."""
        row = {
            "doc": doc,
            "section": self.section,
            "quote_start": self.quote[:12],
            "duty_holder": self.duty_holder,
            "action": self.action,
            "activity": classify.family(self.activity),
            "activity_code": self.activity,
            "comparator": self.comparator,
            "quantity": self.quantity,
            "unit": self.unit,
            "period": self.period,
            "per": self.per,
            "due": self.due,
            "applies_to": self.applies_to,
            "kind": self.kind,
            "span": [self.start, self.end],
            "rule": self.rule,
        }
        if self.quantity_max is not None:
            row["quantity_max"] = self.quantity_max
        return row


@dataclass
class Plan:
    """One plan as read. `offset` is where its text begins in the file."""

    doc: str
    title: str
    text: str
    offset: int
    clauses: list[Clause]
    phases: list[Phase]
    bodies: list[str]
    roles: list[str]
    reports: list[Report]
    measures: int
    obligations: list[Obligation]
    unread: list[tuple[int, int, str]]
    masked_years: bool
    source: Source = field(repr=False)

    def as_structure(self) -> dict[str, Any]:
        return {
            "doc": self.doc,
            "title": self.title,
            "phases": [{"name": p.name, "start": p.start, "end": p.end} for p in self.phases],
            "reports": [{"to": r.to, "due": r.due} for r in self.reports],
            "org_roles": self.roles,
            "bodies": self.bodies,
            "measures": self.measures,
            "outline": [
                {
                    "number": c.number,
                    "heading": c.heading[:60],
                    "span": list(self.source.span(c.start, c.end)),
                }
                for c in self.clauses
                if c.path
            ],
        }


def kind(o: Measure | Obligation) -> str:
    """quantified (a number other than a bare 一次), else dated, else periodic, else standing."""
    if o.quantity is not None and not (
        o.quantity == 1 and o.unit in (None, "次") and o.comparator == "=="
    ):
        return "quantified"
    if o.due and not o.due.startswith("@"):
        return "dated"
    if o.period in RECURRING:
        return "periodic"
    return "dated" if o.period in {"once", "before_date"} else "standing"


def read(name: str, text: str) -> list[Plan]:
    """Read every plan in a text. `name` is the file's name, which names a plan that stands alone."""
    plans = []
    for suffix, part, offset in split_plans(text):
        doc = name
        if suffix:
            heading, _, number = suffix.rpartition("/")
            doc = f"seed/{number}" if heading == "学校护校安园工作方案" else f"{name}/{number}"
        plans.append(_Reader(doc, part, offset).read())
    return plans


class _Reader:
    def __init__(self, doc: str, text: str, offset: int) -> None:
        self.doc, self.text, self.offset = doc, text, offset
        self.source = Source(text)
        self.clauses = outline(self.source)
        self.sentences = sentences(self.clauses)
        self.title = title(self.source)
        self.phases = structure.phases(self.clauses)
        self.found: list[Obligation] = []
        self.unread: list[tuple[int, int, str]] = []
        self._phase_of = {id(p.clause): p for p in self.phases}
        self._phase_met: set[int] = set()
        self._holders: dict[int, str] = {}
        self._contexts: dict[int, list[Hit]] = {}
        self._default_holder = self._whose()

    def read(self) -> Plan:
        for sentence in self.sentences:
            self._sentence(sentence)
        self._open_phases()
        self.found.sort(key=lambda o: o.start)
        clean = self.source.clean
        return Plan(
            doc=self.doc,
            title=self.title,
            text=self.text,
            offset=self.offset,
            clauses=self.clauses,
            phases=self.phases,
            bodies=structure.bodies(clean),
            roles=structure.roles(clean),
            reports=structure.reports(self.sentences),
            measures=structure.measures(self.clauses),
            obligations=self.found,
            unread=self.unread,
            masked_years=bool(re.search(r"20[xX×*]{2}|[xX×]{2,4}年", clean)),
            source=self.source,
        )

    def _whose(self) -> str:
        head = self.title + self.source.clean[:200]
        if re.search(r"幼儿园", self.title) and not re.search(r"中小学", self.title):
            return "幼儿园"
        if re.search(r"我校|本校|学校决定|我园", head):
            return "学校"
        if re.search(
            r"全区|全市|全县|各单位|各镇|各部门|领导小组.{0,8}公安局", self.source.clean[:1500]
        ) and re.search(r"方案|通知|意见", self.title):
            return "各单位"
        return "学校"

    # -- one sentence -----------------------------------------------------
    def _sentence(self, sentence: Sentence) -> None:
        text = sentence.text
        if text == self.title or len(text) < 3:
            return
        if (
            re.fullmatch(r"[^,。]{0,30}(?:20\d\d|二〇..)年\d{1,2}月\d{1,2}日", text)
            and len(text) < 40
        ):
            return
        found = measures.read(text)
        found = self._dated(sentence, found)
        if not found:
            cued = bool(CUE.search(traps.blank(text)))
            stood = self._standing(sentence)
            if cued and not stood and not self._is_phase_head(sentence):
                self.unread.append((*self.source.span(sentence.start, sentence.end), text))
            return
        hits = lexicon.activities_in(text)
        context = self._context(sentence.clause)
        bound = self._holder_default(sentence.clause)
        seen: set[tuple[object, ...]] = set()
        for measure in found:
            holder = classify.holder(text, measure.start, bound)
            code = classify.activity(text, hits, measure, context, holder)
            # 园长每周检查一次、保教主任每周不少于二次: what is not said again is the same.
            if classify.says_nothing(text, hits, measure, self.found[-1].activity if seen else ""):
                code = self.found[-1].activity
            key = (
                code,
                measure.start,
                measure.comparator,
                measure.quantity,
                measure.unit,
                measure.period,
                measure.due,
            )
            if key in seen and measure.rule != "rate":
                continue
            seen.add(key)
            for code_ in classify.joined(text, hits, measure, holder) or (code,):
                self._add(sentence, measure, code_, holder)

    def _add(self, sentence: Sentence, measure: Measure, code: str, holder: str) -> None:
        start, end = self.source.span(sentence.start, sentence.end)
        self.found.append(
            Obligation(
                section=sentence.clause.number,
                start=start,
                end=end,
                quote=self.text[start:end],
                duty_holder=holder,
                action=_action(sentence.text, measure),
                activity=code,
                comparator=measure.comparator,
                quantity=measure.quantity,
                quantity_max=measure.quantity_max,
                unit=measure.unit,
                period=measure.period,
                per=measure.per,
                due=measure.due,
                applies_to=classify.scope(sentence.text, ""),
                rule=measure.rule,
                kind=kind(measure),
            )
        )

    def _context(self, clause: Clause) -> list[Hit]:
        key = id(clause)
        if key not in self._contexts:
            heads = [clause.heading[:40], *(a.heading[:30] for a in clause.ancestors()), self.title]
            self._contexts[key] = lexicon.activity_words().find("。".join(heads))
        return self._contexts[key]

    def _holder_default(self, clause: Clause) -> str:
        key = id(clause)
        if key not in self._holders:
            out = self._default_holder
            for node in (clause, *clause.ancestors()):
                hits = lexicon.holder_words().find(node.heading[:24])
                if hits and node.path:
                    out = hits[0][2]
                    break
            self._holders[key] = out
        return self._holders[key]

    # -- dates ------------------------------------------------------------
    def _dated(self, sentence: Sentence, found: list[Measure]) -> list[Measure]:
        """Bind what is to be done once to the dates of the sentence, or of its phase; a bare date is a duty itself."""
        text = sentence.text
        if traps.is_no_duty(text):
            return found
        phase = self._phase(sentence.clause)
        free = [m for m in found if m.rule == "count once"]
        rest = [m for m in found if m.rule != "count once"]
        dues = self._dues(sentence, phase)
        if dues:
            said = dates.relative(traps.blank_local(traps.blank(text)))
            dues = sorted(
                dues
                + [r for r in said if not any(d.start < r.end and r.start < d.end for d in dues)],
                key=lambda d: d.start,
            )
            if (
                all(d.kind == "range" for d in dues)
                and rest
                and not free
                and all(m.period in RECURRING or m.rule in {"rate", "people"} for m in rest)
            ):
                return rest
            bound = self._bind(text, dues, free, rest)
            if bound:
                self._met(phase)
            return rest + bound
        relative = dates.relative(traps.blank_local(traps.blank(text)))
        if relative:
            return self._relative(text, relative, free, rest)
        if phase and phase.end and free:
            self._met(phase)
            before = phase.start is None
            span = phase.end if before else f"{phase.start}~{phase.end}"
            return rest + [measures.with_due(m, span, before=before) for m in free]
        return rest + [m for m in free if self._asks_once(text, m)]

    def _dues(self, sentence: Sentence, phase: Phase | None) -> list[dates.Due]:
        text = sentence.text
        dues = dates.find(traps.blank(_spread_months(text)))
        if (
            self._is_phase_head(sentence)
            and phase
            and dues
            and f"{phase.start}~{phase.end}".endswith(dues[0].due.rpartition("~")[2])
        ):
            dues = dues[1:]
        return [d for d in dues if not self._is_background(text, d)]

    def _bind(
        self, text: str, dues: list[dates.Due], free: list[Measure], rest: list[Measure]
    ) -> list[Measure]:
        """Give each date the counts said after it (those before the first take the first), or make it a duty of its own."""
        out = []
        for i, due in enumerate(dues):
            until = dues[i + 1].start if i + 1 < len(dues) else len(text)
            since = 0 if i == 0 else due.start
            mine = [m for m in free if since <= m.start < until]
            out += [
                measures.with_due(m, due.due, before=due.kind in {"before", "relative"})
                for m in mine
            ]
            measured = [
                m
                for m in rest
                if due.start - 2 <= m.start < until
                and m.rule in {"rate", "people", "things", "around the clock", "count", "periodic"}
            ]
            said = text[due.end : until]
            idle = due.kind == "relative" and (
                measured or len(said) < 4 or not _DEADLINE.search(said) or "每" in due.due
            )
            if not mine and not idle and not (due.kind == "range" and measured):
                out.append(self._date_measure(text, due))
        return out

    def _relative(
        self, text: str, relative: list[dates.Due], free: list[Measure], rest: list[Measure]
    ) -> list[Measure]:
        """The same for deadlines said in words (开学前, 放假前, 学期结束前10天)."""
        out: list[Measure] = []
        taken: set[int] = set()
        for i, due in enumerate(relative):
            until = relative[i + 1].start if i + 1 < len(relative) else len(text)
            mine = [
                m for m in free if due.start <= m.start < until or (i == 0 and m.start < due.start)
            ]
            out += [replace(m, due=due.due, period="before_date") for m in mine]
            near = [
                m
                for m in rest
                if m.rule in {"periodic", "count"}
                and m.period in {"term", "year"}
                and abs(m.start - due.start) < 12
            ]
            for m in near:
                taken.add(id(m))
                out.append(replace(m, due=m.due or "@" + due.due))
            said = text[due.end : until]
            others = [
                m
                for m in rest
                if due.end <= m.start < until
                and m.rule in {"periodic", "count", "interval", "count by verb"}
            ]
            inside = [m for m in rest if m.start < due.end and due.start < m.end]
            if (
                mine
                or near
                or others
                or inside
                or len(said) < 4
                or not (_DUTY.search(text) or _DEADLINE.search(said) or lexicon.activities_in(said))
            ):
                continue
            every = "每" in due.due and "学期" in due.due
            out.append(
                Measure(
                    due.start,
                    due.end,
                    "relative deadline",
                    due=("@" if every else "") + due.due,
                    period="term" if every else "before_date",
                )
            )
        return [m for m in rest if id(m) not in taken] + out

    @staticmethod
    def _date_measure(text: str, due: dates.Due) -> Measure:
        after = text[due.end : due.end + 30]
        vague = due.kind == "range" and bool(re.search(r"[旬初中]$", text[: due.end]))
        deadline = due.kind in {"before", "relative"} or (
            (due.kind == "on" or vague) and bool(_DEADLINE.search(after))
        )
        return Measure(
            due.start, due.end, "date", due=due.due, period="before_date" if deadline else "once"
        )

    @staticmethod
    def _is_background(text: str, due: dates.Due) -> bool:
        """A date that only tells when something was issued, happened or takes effect."""
        phrase = (
            re.split(r"[,;。]", text[due.end :])[0] + re.split(r"[,;。]", text[: due.start])[-1]
        )
        if (
            re.search(
                r"正式上课|开学|放(?:寒|暑)?假|学生报到|返校|首订|修订\)|有效期|扣发|期限自", phrase
            )
            and due.kind != "before"
        ):
            return True
        after, before = text[due.end : due.end + 16], text[: due.start]
        if re.match(
            r"[,]?(?:起|开始)?(?:施行|实施|执行|生效|印发|下发|发布|颁布|发生|召开的|以来|的|,?(?:某|我|全)?[^,]{0,10}(?:发生|召开了|下发了|印发了))",
            after,
        ):
            return True
        if (
            re.search(r"(?:截至|截止|自|从|于)$", before)
            and due.kind == "on"
            and not re.search(r"前", after[:2])
        ):
            return bool(re.search(r"起|以来|已|,共|施行|实施", after))
        if re.match(
            r"[,]?(?:上午|下午)?(?:\d{1,2}[时点:]\d{0,2}分?)?(?:召开|举行|举办|开展|组织)(?!了|的|过)",
            text[due.end :],
        ):
            return False
        return (
            not _DUTY.search(text)
            and not _DEADLINE.search(text)
            and due.kind != "before"
            and due.kind != "range"
        )

    @staticmethod
    def _asks_once(text: str, measure: Measure) -> bool:
        return (
            bool(re.search(r"要|应|须|必须|开展|组织|召开|举办|举行|进行|不少于|至少", text))
            and measure.unit is not None
        )

    # -- phases -----------------------------------------------------------
    def _phase(self, clause: Clause) -> Phase | None:
        for node in (clause, *clause.ancestors()):
            if id(node) in self._phase_of:
                return self._phase_of[id(node)]
        return None

    def _is_phase_head(self, sentence: Sentence) -> bool:
        phase = self._phase_of.get(id(sentence.clause))
        return (
            phase is not None
            and sentence.start - sentence.clause.start <= len(sentence.clause.marker) + 1
        )

    def _met(self, phase: Phase | None) -> None:
        if phase:
            self._phase_met.add(id(phase.clause))

    def _open_phases(self) -> None:
        """A phase whose text set no dated duty of its own is itself one: do its work in its time."""
        for phase in self.phases:
            if not phase.end or id(phase.clause) in self._phase_met:
                continue
            before = phase.start is None
            due = phase.end if before else f"{phase.start}~{phase.end}"
            clause = phase.clause
            sentence = next((s for s in self.sentences if s.clause is clause), None)
            if sentence is None:
                continue
            measure = Measure(
                0,
                min(len(sentence.text), 30),
                "phase",
                due=due,
                period="before_date" if before else "once",
            )
            self._add(
                sentence,
                measure,
                _phase_activity(phase.name, clause.text),
                self._holder_default(clause.parent or clause),
            )

    # -- standing ---------------------------------------------------------
    def _standing(self, sentence: Sentence) -> bool:
        text = sentence.text
        if (
            len(text) < 8
            or _NO_STANDING.search(text)
            or _SUBJECTS.search(text)
            or traps.is_no_duty(text)
        ):
            return False
        if not sentence.clause.path or not _DUTY.search(text):
            return False
        hits = [h for h in lexicon.activities_in(text) if h[3] >= 3]
        if not hits and not re.search(r"要|应|须|必须|严禁|不得|禁止", text):
            return False
        best: dict[str, int] = {}
        for _, _, code, weight in hits:
            best[code] = max(best.get(code, 0), weight)
        codes = sorted(best, key=lambda c: -best[c])[:1] or ["other"]
        holder = classify.holder(text, len(text), self._holder_default(sentence.clause))
        for code in codes:
            self._add(sentence, Measure(0, min(len(text), 40), "standing"), code, holder)
        return True


def _phase_activity(name: str, text: str) -> str:
    for pattern, code in (
        (r"自查|排查|自纠|摸底|摸排", "hazard.inspection"),
        (r"督导|督查|检查|抽查|回头看|互查", "supervision.visit"),
        (r"整改", "hazard.rectify"),
        (r"宣传(?!发动|动员|部署)", "publicity"),
        (r"培训", "training.staff"),
    ):
        if re.search(pattern, name):
            return code
    return "planning"


def _spread_months(text: str) -> str:
    """分别于6月底和12月底前 dates both months by 前; keep length."""
    return re.sub(
        r"(\d{1,2}月(?:底|末|\d{1,2}日))(和|、|及|与)(?=\d{1,2}月[^,。]{0,4}前)", r"\1前", text
    )


# A colon between digits is a time of day and ends no phrase.
_STOP = re.compile(r"[,;。]|:(?!\d)")


def _action(text: str, measure: Measure) -> str:
    """A short phrase for lists: the phrase around the measure, without its list marks."""
    stops = [m.start() for m in _STOP.finditer(text)]
    before = [-1, *(i for i in stops if i < measure.start)]
    right = min((i for i in stops if i >= measure.end), default=len(text))
    phrase = text[before[-1] + 1 : right].strip(" 、,")
    if len(phrase) < 6 and len(before) > 1:
        phrase = text[before[-2] + 1 : right].strip(" 、,")
    return phrase[:60]
