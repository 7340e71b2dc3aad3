"""Reading a plan: text in, outline, phases, bodies, reports and obligations out; every one linked
to its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from . import (
    actors,
    binding,
    classify,
    doubts,
    headings,
    holders,
    lexicon,
    measures,
    scopes,
    standing,
    structure,
    tables,
    traps,
)
from .duty import Obligation, Plan, Unread, kind
from .lexicon import Hit
from .measure import Measure
from .outline import (
    Clause,
    Sentence,
    broken_sentences,
    opening,
    outline,
    sentences,
    split_plans,
    title,
)
from .patterns import CUE
from .source import Source
from .speakers import Speakers
from .structure import Phase

__all__ = ["Obligation", "Plan", "Unread", "kind", "read"]

_ON_DUTY = re.compile(
    r"值[班守勤日周宿夜]|护[学校导]|巡[逻查视]|[保校]安|门卫|站岗|执勤|岗位|宿管|带班"
)
_BUSES = re.compile(r"校车|接送(?:学生|幼儿|孩子)|接送车")
# Of pupils and parents: a share, a size, a number of things is none of theirs to see to.
_STATES = {"rate", "zero", "size", "things", "retention"}
_ROW_NAMED = re.compile(r"第(\d{1,2})项")
_SIGNED = re.compile(r"[^,。]{0,30}(?:20\d\d|二〇..|二○..)年\d{1,2}月\d{1,2}日.{0,3}")

_SIGNED_IN = re.compile(
    r"[^,。]{0,20}(?:20\d\d|二[〇零]..)年(?:\d{1,2}|[一二三四五六七八九十]{1,2})月.{0,3}"
)


def read(name: str, text: str) -> list[Plan]:
    """Read every plan in a text.

    `name` is the file's name, which names a plan that stands alone.
    """
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
        self.title = opening(self.source)
        self.phases = structure.phases(self.clauses, self.sentences)
        self.found: list[Obligation] = []
        self.unread: list[Unread] = []
        self._phase_met: set[int] = set()
        self._of_buses = bool(_BUSES.search(self.source.clean))
        self._report_dues: dict[int, list[str]] = {}
        self._columns: list[str] | None = None  # of the table that is being read
        self._rows: dict[str, tuple[str, str]] = {}  # its rows by number: who, what
        self._month = headings.Month()
        self._before: Sentence | None = None  # the one read before
        self._broken = broken_sentences(self.source, self.sentences)
        self._contexts: dict[int, list[Hit]] = {}
        self._speakers = Speakers(self.title, self.source.clean)
        self._default_scope = scopes.of_document(self.title)

    def read(self) -> Plan:
        for sentence in self.sentences:
            self._sentence(sentence)
            self._before = sentence
        self._open_phases()
        self.found.sort(key=lambda o: o.start)
        clean = self.source.clean
        return Plan(
            doc=self.doc,
            title=title(self.title),
            text=self.text,
            offset=self.offset,
            clauses=self.clauses,
            phases=self.phases,
            bodies=structure.bodies(clean),
            roles=structure.roles(clean),
            reports=structure.reports(self.sentences, self._report_dues),
            measures=structure.measures(self.clauses),
            obligations=self.found,
            unread=self.unread,
            masked_years=bool(re.search(r"20[xX×*]{2}|[xX×]{2,4}年", clean)),
            source=self.source,
        )

    # -- one sentence -----------------------------------------------------
    def _sentence(self, sentence: Sentence) -> None:
        text = sentence.text
        if text == self.title or len(text) < 3 or _SIGNED.fullmatch(text):
            return
        if sentence is self.sentences[-1] and _SIGNED_IN.fullmatch(text):
            return
        if row := self._row(sentence):
            sentence, row_who = row
            text = sentence.text
        else:
            row_who = ""
        phase = self._phase(sentence)
        heads = phase is not None and sentence.start - phase.at <= len(sentence.clause.marker) + 1
        found = measures.read(text, on_duty=self._on_duty(sentence.clause))
        found = binding.bind(text, found, phase, heads=heads)
        if phase and any(m.rule in {"date", "count once"} for m in found):
            self._phase_met.add(phase.at)
        found = self._of_month(sentence, found)
        named = holders.subjects(text)
        if not found:
            cued = bool(CUE.search(traps.blank(text)))
            stood = self._standing(sentence, named)
            if heads:
                return
            if cued and not stood:
                self._unread(sentence, ())
            elif stood and (left := doubts.leftovers(text, ())):
                self._unread(sentence, left)
        else:
            left = [] if traps.is_no_duty(text) else doubts.leftovers(text, found)
            before = len(self.found)
            self._measured(sentence, found, named, row_who, left)
            if standing.is_asked(sentence) and not heads:
                taken = [o.activity for o in self.found[before:]]
                spans = [(m.start, m.end) for m in found]
                sound = all(not o.doubts for o in self.found[before:])
                self._stand(
                    sentence, standing.asked(text, taken, spans), named, found if sound else []
                )
            if left:
                self._unread(sentence, left)
        self._speakers.heard(sentence, named, measured=bool(found))

    def _measured(
        self,
        sentence: Sentence,
        found: list[Measure],
        named: list[holders.Subject],
        row_who: str,
        left: list[tuple[int, int]],
    ) -> None:
        text = sentence.text
        hits = lexicon.activities_in(text)
        context = self._context(sentence.clause)
        goes_on = self._goes_on(sentence, hits)
        bound = row_who or self._speakers.of(sentence)
        row = _ROW_NAMED.search(text)
        known = self._rows.get(row.group(1)) if row else None
        if known:
            bound = known[0] or bound
        seen: set[tuple[object, ...]] = set()
        for measure in found:
            people = measure.rule.startswith("people")  # posted ones act themselves
            states = people or measure.rule in _STATES
            spared = {"学生"} if people else {"学生", "家长"}
            able = [s for s in named if s.names not in spared] if states else named
            holder = (
                self._speakers.of_campaign(sentence)
                or actors.of_measure(text, measure.start, measure.end, able, people=people)
                or bound
            )
            code = classify.activity(text, hits, measure, context, holder)
            if self._default_scope == "school_bus" and code == "vehicle.entry":
                code = "bus.check"
                holder = "校车驾驶员" if measure.unit == "公里/小时" and holder == bound else holder
            if known and measure.start > 0:
                hits_there = lexicon.activities_in(known[1])
                code = classify.activity(
                    known[1], hits_there, replace(measure, start=0, end=0), (), bound
                )
            # 园长每周检查一次、保教主任每周不少于二次: what is not said again is the same.
            before = self.found[-1].activity if seen else goes_on
            if classify.says_nothing(text, hits, measure, before):
                code = before
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
            why = doubts.of_measure(text, sentence.start, measure, left, self.source.repairs)
            if sentence.start in self._broken:
                why.append("break")
            for code_ in classify.joined(text, hits, measure, holder) or (code,):
                self._add(sentence, measure, code_, holder, why)

    def _goes_on(self, sentence: Sentence, hits: Sequence[Hit]) -> str:
        """What the sentence before a semicolon is about, where this one opens with how often."""
        before = self._before
        opening = re.split("[,:]", sentence.text)[0]
        says = any(h[3] >= 2 and h[0] < len(opening) for h in hits)
        if before is None or says or before.clause is not sentence.clause:
            return ""
        if not self.source.clean[before.end : sentence.start].lstrip().startswith(";"):
            return ""
        return standing.main(before.text)

    def _unread(self, sentence: Sentence, left: Sequence[tuple[int, int]]) -> None:
        numbers = tuple(sentence.text[a:b] for a, b in left)
        span = self.source.span(sentence.start, sentence.end)
        self.unread.append(Unread(*span, sentence.text.replace("\t", " "), numbers))

    def _add(
        self,
        sentence: Sentence,
        measure: Measure,
        code: str,
        holder: str,
        why: Sequence[str] = (),
    ) -> None:
        start, end = self.source.span(sentence.start, sentence.end)
        if not self._of_buses:
            holder = holder.replace("校车驾驶员", "驾驶员")
        if measure.due and classify.family(code) == "report_submission":
            self._report_dues.setdefault(sentence.start, []).append(measure.due)
        self.found.append(
            Obligation(
                section=sentence.clause.number,
                start=start,
                end=end,
                quote=self.text[start:end],
                duty_holder=holder,
                action=headings.action_of(sentence.text, measure),
                activity=code,
                comparator=measure.comparator,
                quantity=measure.quantity,
                quantity_max=measure.quantity_max,
                unit=measure.unit,
                period=measure.period,
                per=measure.per,
                due=measure.due,
                applies_to=scopes.of_phrase(
                    sentence.text,
                    measure.start,
                    measure.end,
                    holder,
                    self._scope(sentence.clause),
                    on_duty=code == "duty.post",
                ),
                rule=measure.rule,
                kind=kind(measure),
                doubts=(*why, *(("holder",) if holder == holders.UNSAID else ())),
            )
        )

    def _context(self, clause: Clause) -> list[Hit]:
        key = id(clause)
        if key not in self._contexts:
            heads = [clause.heading[:40], *(a.heading[:30] for a in clause.ancestors()), self.title]
            self._contexts[key] = list(lexicon.activities_said("。".join(heads)))
        return self._contexts[key]

    def _row(self, sentence: Sentence) -> tuple[Sentence, str] | None:
        """A row of a table as a sentence, and whom its column of names binds; None for no row."""
        if not tables.cells(sentence.text):
            self._columns = None
            return None
        if columns := tables.header(sentence.text):
            self._columns = columns
        if self._columns is None or columns:
            said = sentence.text.replace("\t", ",")
            return replace(sentence, text=said), ""
        said, who, number = tables.spoken(sentence.text, self._columns)
        if number:
            self._rows[number] = (who, said)
        return replace(sentence, text=said), who

    def _of_month(self, sentence: Sentence, found: list[Measure]) -> list[Measure]:
        """What stands under the heading of a month is due in it."""
        text = sentence.text
        before = self._month.named
        due = self._month.due(sentence)
        if due != before:
            self._speakers.forget()
        if not due or traps.is_no_duty(text):
            return found
        if found:
            return [headings.dated(text, m, due) for m in found]
        hits = [h for h in lexicon.activities_in(text) if h[3] >= 3]
        if not hits or len(text) < 4 or text.endswith(":"):
            return found
        return [Measure(0, min(len(text), 30), "month", due=due, period="once")]

    def _on_duty(self, clause: Clause) -> bool:
        """Whether heading or title speak of being on duty."""
        heads = (clause.heading[:24], *(a.heading[:24] for a in clause.ancestors()), self.title)
        return any(_ON_DUTY.search(h) for h in heads)

    def _scope(self, clause: Clause) -> str:
        for node in (clause, *clause.ancestors()):
            if node.path and (found := scopes.of_heading(node.heading)) != scopes.ALL:
                return found
            if node is not clause and (lead := headings.lead(node)):
                found = scopes.of_phrase(lead, 0, len(lead), "", scopes.ALL)
                if found != scopes.ALL:
                    return found
        return self._default_scope

    # -- phases -----------------------------------------------------------
    def _phase(self, sentence: Sentence) -> Phase | None:
        """The innermost phase in whose words a sentence stands."""
        within = [p for p in self.phases if p.at <= sentence.start < p.until]
        return within[-1] if within else None

    def _open_phases(self) -> None:
        """A phase whose text set no dated duty is itself one: do its work in its time."""
        for phase in self.phases:
            if not phase.end or phase.at in self._phase_met:
                continue
            clause = phase.clause
            sentence = next(
                (s for s in self.sentences if s.clause is clause and s.start >= phase.at), None
            )
            if sentence is None:
                continue
            measure = Measure(
                0,
                min(len(sentence.text), 30),
                "phase",
                due=phase.due,
                period=phase.period,
            )
            self._add(
                sentence,
                measure,
                headings.phase_activity(phase.name, clause.text),
                self._speakers.of_headings(clause.parent or clause),
            )

    # -- standing ---------------------------------------------------------
    def _standing(self, sentence: Sentence, named: list[holders.Subject]) -> bool:
        text = sentence.text
        if traps.is_no_duty(text) or not standing.is_asked(sentence):
            return False
        asked = standing.asked(text)
        if not asked:
            if self._phase(sentence):
                return False
            code = standing.main(text)
            if code == "other" and not standing.asks_plainly(text):
                return False
            asked = [standing.Asked(code, 0, len(text), 0)]
        self._stand(sentence, asked, named, ())
        return True

    def _stand(
        self,
        sentence: Sentence,
        asked: Sequence[standing.Asked],
        named: list[holders.Subject],
        measured: Sequence[Measure],
    ) -> None:
        bound = self._speakers.of(sentence)
        phase = self._phase(sentence)
        if phase and asked:
            self._phase_met.add(phase.at)
        for one in asked:
            holder = actors.of_part(sentence.text, one.start, named, bound)
            if actors.needs_authority(sentence.text[one.start : one.end]):
                holder = self._speakers.office(sentence.clause) or holder
            measure = standing.measure(sentence.text, one, measured, phase)
            self._add(sentence, measure, one.code, holder)
