"""Meetings, decisions, minutes."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.kernel.states import origins
from anyuan.kernel.text import cleaned
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging
from anyuan.org.units.models import Unit
from anyuan.record.evidence.services import recording

from .. import queries
from ..forms import MeetingForm
from ..models import (
    AgendaItem,
    Attendance,
    Decision,
    Meeting,
    MeetingState,
)
from ..rules import CODE_MINUTES, TRANSITIONS


# -- meetings -----------------------------------------------------------------
@transaction.atomic
def call(
    *,
    unit: Unit,
    given: MeetingForm,
    by: Viewer,
    at: datetime,
) -> Meeting:
    """Call a meeting. The same call twice is one meeting. :raises Refused:"""
    by.require("meeting.call", unit.path)
    if given.chair.unit_id != unit.pk or given.chair.left_on:
        raise Refused(_("A meeting needs a chair who belongs to the unit."))
    if not timedelta(days=-31) < given.starts_at - at < timedelta(days=366):
        raise Refused(_("The time lies too far away. Please check the date."))
    found, new = Meeting.objects.get_or_create(
        unit=unit,
        title=given.title,
        starts_at=given.starts_at,
        state=MeetingState.CALLED,
        defaults={
            "kind": given.kind,
            "place": given.place,
            "chair": given.chair,
            "code": f"{secrets.randbelow(10**6):06d}",
            "called_by": by.name,
        },
    )
    if new:
        AgendaItem.objects.bulk_create(
            AgendaItem(unit=unit, meeting=found, order=i, text=t[:200])
            for i, t in enumerate(given.agenda[:30], 1)
            if t.strip()
        )
        _said("meeting.called", found, by, at)
        messages.tell_matters([queries.meeting_matter(found)], at)
    return found


@transaction.atomic
def attend(*, meeting_id: int, code: str, by: Viewer, at: datetime) -> Meeting:
    """Say that one is there, by the code on the wall.

    Twice is once. :raises Refused: wrong code, or not the time for it.
    """
    meeting = queries.meeting(meeting_id)
    early, late = (timedelta(minutes=m) for m in CODE_MINUTES)
    if (
        meeting.state != MeetingState.CALLED
        or not meeting.starts_at - early <= at <= meeting.starts_at + late
    ):
        raise Refused(
            _(
                "The code counts only around the meeting's time. Ask whoever keeps the minutes to"
                " enter you."
            )
        )
    if not secrets.compare_digest(meeting.code.encode(), code.strip().encode()):
        raise Refused(_("This is not the code on the wall."))
    Attendance.objects.get_or_create(
        meeting=meeting,
        person_id=by.pk,
        defaults={"unit": meeting.unit, "by_code": True, "at": at},
    )
    return meeting


@transaction.atomic
def mark(*, meeting_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> None:
    """Enter who was there without a phone; shown as entered, not as scanned."""
    meeting = _called(meeting_id, by)
    for person in persons:
        if person.unit_id == meeting.unit_id:
            Attendance.objects.get_or_create(
                meeting=meeting,
                person=person,
                defaults={"unit": meeting.unit, "by_code": False, "at": at},
            )


@transaction.atomic
def decide(*, meeting_id: int, text: str, person: Person, due: date, by: Viewer) -> Decision:
    """:raises Refused: the meeting is over."""
    meeting = _called(meeting_id, by)
    if person.unit_id != meeting.unit_id:
        raise Refused(_("Who is to do it belongs to the unit."))
    if due < local_day(meeting.starts_at):
        raise Refused(_("The day lies before the meeting. Please check it."))
    # The same decision again corrects its day.
    row, _new = Decision.objects.update_or_create(
        unit=meeting.unit, meeting=meeting, text=text[:200], person=person, defaults={"due": due}
    )
    return row


@transaction.atomic
def hold(*, meeting_id: int, minutes: str, by: Viewer, at: datetime) -> Meeting:
    """Close a meeting with its minutes; that it was held becomes a record in the unit's chain.

    :raises Refused:
    """
    meeting = _called(meeting_id, by)
    present = queries.there(meeting)
    if not present:
        raise Refused(_("Nobody has been entered as present yet."))
    if meeting.starts_at > at:
        raise Refused(_("The meeting has not begun yet."))
    decided = queries.decisions(meeting)
    payload = {
        "place": meeting.place,
        "chair": meeting.chair.name,
        "people": len(present),
        "theme": meeting.title,
        "decisions": "；".join(d.text for d in decided)[:500] or minutes[:500] or "见会议记录",
    }
    fact = recording.record(
        unit=meeting.unit,
        fact=recording.NewFact(
            activity="meeting.safety", occurred_at=meeting.starts_at, payload=payload
        ),
        by=by,
        at=at,
    )
    open_ = Meeting.objects.filter(pk=meeting.pk, state__in=origins(TRANSITIONS, MeetingState.HELD))
    held = {"minutes": minutes, "held_at": at, "fact_id": fact.pk}
    if not open_.update(state=MeetingState.HELD, **held):
        raise Refused(_("Somebody else closed this meeting a moment ago."))
    _said("meeting.held", meeting, by, at, people=len(present))
    meeting.refresh_from_db()
    return meeting


@transaction.atomic
def cancel(*, meeting_id: int, by: Viewer, at: datetime) -> Meeting:
    meeting = _called(meeting_id, by)
    open_ = Meeting.objects.filter(
        pk=meeting.pk, state__in=origins(TRANSITIONS, MeetingState.CANCELLED)
    )
    open_.update(state=MeetingState.CANCELLED)
    _said("meeting.cancelled", meeting, by, at)
    return meeting


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
    meeting = queries.meeting(meeting_id)
    by.require("meeting.call", meeting.unit.path)
    if meeting.state != MeetingState.CALLED:
        raise Refused(_("This meeting is over; its minutes can no longer be changed."))
    return meeting


def _said(verb: str, meeting: Meeting, by: Viewer, at: datetime, **data: object) -> None:
    audit.record(
        verb,
        by=by,
        at=at,
        unit_id=meeting.unit_id,
        subject=meeting.title,
        meeting=meeting.pk,
        **data,
    )


def minutes_docx(meeting: Meeting) -> bytes:
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

    line(meeting.title, "小标宋", 22, centred=True)
    line(f"时间：{meeting.starts_at.astimezone(LOCAL):%Y年%m月%d日 %H:%M}    地点：{meeting.place}")
    line(f"主持人：{meeting.chair.name}    状态：{meeting.get_state_display()}")
    present = queries.there(meeting)
    line(
        f"出席（{len(present)}人）："
        + "、".join(a.person.name + ("" if a.by_code else "（补记）") for a in present)
    )
    for heading, lines in (
        ("一、议程", [f"{i}.{a.text}" for i, a in enumerate(queries.agenda(meeting), 1)]),
        ("二、会议记录", meeting.minutes.splitlines()),
        (
            "三、议定事项",
            [
                f"{i}.{d.text}（{d.person.name}，{d.due:%Y年%m月%d日}前）"
                + (f"——已完成：{d.result}" if d.done_at else "")
                for i, d in enumerate(queries.decisions(meeting), 1)
            ],
        ),
    ):
        line(heading, "黑体")
        for text in lines or ["无"]:
            line(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class Decisions:
    def held(self, person: Person) -> list[Belonging]:
        return [
            Belonging("decision", d.pk, d.text)
            for d in person.decisions.filter(done_at=None).order_by("due", "pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        # A decision always has somebody: unclaimed, it goes to the chair of its meeting.
        row = queries.decision(pk)
        Decision.objects.filter(pk=pk).update(person_id=to.pk if to else row.meeting.chair_id)
