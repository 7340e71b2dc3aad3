"""Writes of meetings, rules and letters; and the minutes as a document."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.duties import queries as duties
from anyuan.evidence import services as evidence
from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.kernel.text import cleaned
from anyuan.people import queries as people
from anyuan.people.models import Person
from anyuan.people.services import KEEPERS, Belonging
from anyuan.reach import services as reach
from anyuan.units.models import Unit

from . import queries
from .models import (
    AgendaItem,
    Attendance,
    Decision,
    Letter,
    Meeting,
    MeetingState,
    Rule,
    RuleRead,
    RuleVersion,
)
from .rules import CODE_MINUTES, must_read


# -- meetings -----------------------------------------------------------------
@transaction.atomic
def call(
    *,
    unit: Unit,
    kind: str,
    title: str,
    starts_at: datetime,
    place: str,
    chair: Person,
    agenda: Sequence[str],
    by: Viewer,
    at: datetime,
) -> Meeting:
    """Call a meeting. The same call twice is one meeting. :raises Refused:"""
    by.require("meeting.call", unit.path)
    if chair.unit_id != unit.pk or chair.left_on:
        raise Refused(_("A meeting needs a chair who belongs to the unit."))
    if not timedelta(days=-31) < starts_at - at < timedelta(days=366):
        raise Refused(_("The time lies too far away. Please check the date."))
    found, new = Meeting.objects.get_or_create(
        unit=unit, title=title, starts_at=starts_at, state=MeetingState.CALLED,
        defaults={"kind": kind, "place": place, "chair": chair, "code": f"{secrets.randbelow(10**6):06d}", "called_by": by.name},
    )  # fmt: skip
    if new:
        AgendaItem.objects.bulk_create(
            AgendaItem(unit=unit, meeting=found, order=i, text=t[:200])
            for i, t in enumerate(agenda[:30], 1)
            if t.strip()
        )
        _said("meeting.called", found, by, at)
        reach.tell_groups(
            unit=unit,
            key=f"meeting-{found.pk}",
            subject=f"会议通知：{title}",
            body=f"{starts_at.astimezone(LOCAL):%m-%d %H:%M} 在{place}，主持：{chair.name}。",
            path=f"/meetings/{found.pk}/",
            at=at,
            until=starts_at,
        )
    return found


@transaction.atomic
def attend(*, meeting_id: int, code: str, by: Viewer, at: datetime) -> Meeting:
    """Say that one is there, by the code on the wall. Twice is once. :raises Refused: wrong code, or not the time for it."""
    found = queries.meeting(meeting_id)
    early, late = (timedelta(minutes=m) for m in CODE_MINUTES)
    if (
        found.state != MeetingState.CALLED
        or not found.starts_at - early <= at <= found.starts_at + late
    ):
        raise Refused(
            _(
                "The code counts only around the meeting's time. Ask whoever keeps the minutes to enter you."
            )
        )
    if not secrets.compare_digest(found.code.encode(), code.strip().encode()):
        raise Refused(_("This is not the code on the wall."))
    Attendance.objects.get_or_create(
        meeting=found,
        person_id=by.person_id or 0,
        defaults={"unit": found.unit, "by_code": True, "at": at},
    )
    return found


@transaction.atomic
def mark(*, meeting_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> None:
    """Enter who was there without a phone; shown as entered, not as scanned."""
    found = _called(meeting_id, by)
    for person in persons:
        if person.unit_id == found.unit_id:
            Attendance.objects.get_or_create(
                meeting=found,
                person=person,
                defaults={"unit": found.unit, "by_code": False, "at": at},
            )


@transaction.atomic
def decide(*, meeting_id: int, text: str, person: Person, due: date, by: Viewer) -> Decision:
    """:raises Refused: the meeting is over."""
    found = _called(meeting_id, by)
    if person.unit_id != found.unit_id:
        raise Refused(_("Who is to do it belongs to the unit."))
    if due < local_day(found.starts_at):
        raise Refused(_("The day lies before the meeting. Please check it."))
    # The same decision again corrects its day.
    row, _new = Decision.objects.update_or_create(
        unit=found.unit, meeting=found, text=text[:200], person=person, defaults={"due": due}
    )
    return row


@transaction.atomic
def hold(*, meeting_id: int, minutes: str, by: Viewer, at: datetime) -> Meeting:
    """Close a meeting with its minutes; that it was held becomes a record in the unit's chain. :raises Refused:"""
    found = _called(meeting_id, by)
    present = queries.there(found)
    if not present:
        raise Refused(_("Nobody has been entered as present yet."))
    if found.starts_at > at:
        raise Refused(_("The meeting has not begun yet."))
    decided = queries.decisions(found)
    payload = {
        "place": found.place, "chair": found.chair.name, "people": len(present), "theme": found.title,
        "decisions": "；".join(d.text for d in decided)[:500] or minutes[:500] or "见会议记录",
    }  # fmt: skip
    fact = evidence.record(
        unit=found.unit,
        fact=evidence.NewFact(
            activity="meeting.safety", occurred_at=found.starts_at, payload=payload
        ),
        by=by,
        at=at,
    )
    if not Meeting.objects.filter(pk=found.pk, state=MeetingState.CALLED).update(
        state=MeetingState.HELD, minutes=minutes, held_at=at, fact_id=fact.pk
    ):
        raise Refused(_("Somebody else closed this meeting a moment ago."))
    _said("meeting.held", found, by, at, people=len(present))
    found.refresh_from_db()
    return found


@transaction.atomic
def cancel(*, meeting_id: int, by: Viewer, at: datetime) -> Meeting:
    found = _called(meeting_id, by)
    Meeting.objects.filter(pk=found.pk, state=MeetingState.CALLED).update(
        state=MeetingState.CANCELLED
    )
    _said("meeting.cancelled", found, by, at)
    return found


@transaction.atomic
def finish(*, decision_id: int, result: str, by: Viewer, at: datetime) -> Decision:
    """Say that a decision is done: its person may, or an office. :raises Denied:"""
    row = queries.decision(decision_id)
    if row.person_id != by.person_id and not by.may("meeting.call", row.unit.path):
        raise Denied("not your decision")
    if not result:
        raise Refused(_("Please say what was done."))
    if Decision.objects.filter(pk=row.pk, done_at=None).update(
        done_at=at, done_by=by.name, result=result[:200]
    ):
        audit.record(
            "decision.done", by=by, at=at, unit_id=row.unit_id, subject=row.text, decision=row.pk
        )
    row.refresh_from_db()
    return row


def _called(meeting_id: int, by: Viewer) -> Meeting:
    found = queries.meeting(meeting_id)
    by.require("meeting.call", found.unit.path)
    if found.state != MeetingState.CALLED:
        raise Refused(_("This meeting is over; its minutes can no longer be changed."))
    return found


def _said(verb: str, found: Meeting, by: Viewer, at: datetime, **data: object) -> None:
    audit.record(
        verb, by=by, at=at, unit_id=found.unit_id, subject=found.title, meeting=found.pk, **data
    )


def minutes_docx(found: Meeting) -> bytes:
    """The minutes as a document to edit and archive; type sizes after GB/T 9704-2012."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()

    def line(text: str, font: str = "仿宋", size: float = 16, *, centred: bool = False) -> None:
        paragraph = document.add_paragraph()
        run = paragraph.add_run(cleaned(text))
        run.font.size, run.font.name = Pt(size), font
        run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    line(found.title, "小标宋", 22, centred=True)
    line(f"时间：{found.starts_at.astimezone(LOCAL):%Y年%m月%d日 %H:%M}    地点：{found.place}")
    line(f"主持人：{found.chair.name}    状态：{found.get_state_display()}")
    present = queries.there(found)
    line(
        f"出席（{len(present)}人）："
        + "、".join(a.person.name + ("" if a.by_code else "（补记）") for a in present)
    )
    for heading, lines in (
        ("一、议程", [f"{i}.{a.text}" for i, a in enumerate(queries.agenda(found), 1)]),
        ("二、会议记录", found.minutes.splitlines()),
        (
            "三、议定事项",
            [
                f"{i}.{d.text}（{d.person.name}，{d.due:%Y年%m月%d日}前）"
                + (f"——已完成：{d.result}" if d.done_at else "")
                for i, d in enumerate(queries.decisions(found), 1)
            ],
        ),
    ):
        line(heading, "黑体")
        for text in lines or ["无"]:
            line(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Decisions:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("decision", d.pk, d.text)
            for d in person.decisions.filter(done_at=None).order_by("due", "pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        # A decision always has somebody: unclaimed, it goes to the chair of its meeting.
        row = queries.decision(pk)
        Decision.objects.filter(pk=pk).update(person_id=to.pk if to else row.meeting.chair_id)


class _Rules:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("rule", r.pk, r.title)
            for r in person.rules.filter(closed_on=None).order_by("pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        if to is not None:
            Rule.objects.filter(pk=pk).update(owner=to)


KEEPERS.update(decision=_Decisions(), rule=_Rules())


# -- rules --------------------------------------------------------------------
@transaction.atomic
def write_rule(
    *,
    unit: Unit,
    title: str,
    text: str,
    owner: Person,
    review_on: date,
    readers: str,
    base: int,
    by: Viewer,
    at: datetime,
) -> Rule:
    """Put a rule in force, or a new version of the one of that title. `base` is the version the writer saw, 0 for none.

    :raises Refused: somebody else wrote a version meanwhile.
    """
    by.require("rule.write", unit.path)
    if owner.unit_id != unit.pk:
        raise Refused(_("Who keeps a rule belongs to the unit."))
    if review_on <= local_day(at):
        raise Refused(_("The day to look at it again lies in the past."))
    titles = [p.title for p in people.posts(unit)]
    if readers and not must_read(readers, titles):
        raise Refused(
            _("Nobody here holds a post with “%(words)s”. Leave it empty for everybody.")
            % {"words": readers}
        )
    found, _new = Rule.objects.select_for_update().get_or_create(
        unit=unit,
        title=title,
        closed_on=None,
        defaults={"owner": owner, "review_on": review_on, "readers": readers},
    )
    newest = found.versions.order_by("-number").first()
    number = newest.number if newest else 0
    if number != base:
        raise Refused(
            _(
                "Somebody else wrote version %(n)d meanwhile. Nothing was overwritten; please look at it first."
            )
            % {"n": number}
        )
    Rule.objects.filter(pk=found.pk).update(owner=owner, review_on=review_on, readers=readers)
    if newest is None or newest.text != text:
        RuleVersion.objects.create(
            unit=unit, rule=found, number=number + 1, text=text, made_by=by.name, made_at=at
        )
        audit.record(
            "rule.written",
            by=by,
            at=at,
            unit_id=unit.pk,
            subject=title,
            rule=found.pk,
            version=number + 1,
        )
    return found


@transaction.atomic
def say_read(*, rule_id: int, number: int, by: Viewer, at: datetime) -> None:
    """Confirm having read a version. :raises Refused: it was replaced while being read."""
    found = queries.rule(rule_id)
    newest = queries.versions(found)[0]
    if newest.number != number:
        raise Refused(
            _(
                "This rule was replaced while you read it. Please read version %(n)d; what changed is marked."
            )
            % {"n": newest.number}
        )
    RuleRead.objects.get_or_create(
        version=newest, person_id=by.person_id or 0, defaults={"unit": found.unit, "at": at}
    )


@transaction.atomic
def close_rule(*, rule_id: int, by: Viewer, at: datetime) -> Rule:
    found = queries.rule(rule_id)
    by.require("rule.write", found.unit.path)
    if Rule.objects.filter(pk=found.pk, closed_on=None).update(closed_on=local_day(at)):
        audit.record(
            "rule.closed", by=by, at=at, unit_id=found.unit_id, subject=found.title, rule=found.pk
        )
    return found


# -- letters ------------------------------------------------------------------
@transaction.atomic
def issue_letters(*, unit: Unit, year: int, by: Viewer, at: datetime) -> int:
    """Write the year's letter of everybody who answers for something and has none yet; an unsigned one is brought up to date. Returns how many."""
    by.require("letter.issue", unit.path)
    if not 2020 <= year <= local_day(at).year + 1:
        raise Refused(_("Please choose this year or the next."))
    written = 0
    there = {r.person_id: r for r in Letter.objects.filter(unit=unit, year=year)}
    charged: dict[int, list[str]] = {}
    for c in people.charges(unit):
        charged.setdefault(c.person_id, []).append(
            "包保："
            + c.area
            + (f"（{c.place.name}）" if c.place else "")
            + (f"（{c.school.name}）" if c.school else "")
        )
    for person in people.choices(unit):
        lines = charged.get(person.pk, []) + [
            f"{o.action}（{o.plan.title} {o.section}）" for o in duties.of_person(person)
        ]
        old = there.get(person.pk)
        if not lines or (old and (old.signed_at or old.lines == lines)):
            continue
        Letter.objects.update_or_create(
            unit=unit,
            person=person,
            year=year,
            defaults={"lines": lines, "issued_by": by.name, "issued_at": at},
        )
        written += 1
    audit.record("letter.issued", by=by, at=at, unit_id=unit.pk, subject=str(year), letters=written)
    return written


@transaction.atomic
def sign_letter(*, letter_id: int, signature: str, by: Viewer, at: datetime) -> Letter:
    """Sign one's own letter by writing one's name. :raises Denied, Refused:"""
    row = queries.letter(letter_id)
    if row.person_id != by.person_id:
        raise Denied("only the person it names signs it")
    if signature.strip() != row.person.name:
        raise Refused(_("Please sign with your own name: %(name)s.") % {"name": row.person.name})
    if Letter.objects.filter(pk=row.pk, signed_at=None).update(
        signed_at=at, signature=signature.strip()
    ):
        audit.record(
            "letter.signed", by=by, at=at, unit_id=row.unit_id, subject=f"{row.year}", letter=row.pk
        )
    row.refresh_from_db()
    return row
