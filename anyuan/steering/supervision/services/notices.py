"""A rectification notice is issued, signed for, answered and checked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit

from .. import queries
from ..forms import NoticeForm
from ..models import Notice, NoticeProblem, NoticeState
from ..rules import LONGEST, NOTICE_TRANSITIONS
from . import finding


@transaction.atomic
def issue(*, unit: Unit, given: NoticeForm, command: UUID, by: Viewer, at: datetime) -> Notice:
    """Issue a notice with the office's next number of the year; its problems become hazards of the
    school. The same form twice is one notice.

    :raises Refused: a school that is not below, or is closed, a day out of bounds.
    """
    known = Notice.objects.filter(command=command).first()
    if known is not None:
        return known
    by.require("supervision.do", unit.path)
    today = local_day(at)
    is_below = given.school.pk in {s.pk for s in queries.schools_of(unit)}
    if unit.is_inspected or not is_below or not queries.may_supervise(by, given.school):
        raise Refused(_("This school is not one of yours."))
    if given.school.closed_on and given.school.closed_on <= today:
        raise Refused(_("%(name)s is closed.") % {"name": given.school.name})
    if given.inspected_on > today or given.inspected_on < today - LONGEST:
        raise Refused(_("The day of the inspection lies in the future, or long ago."))
    if not today <= given.deadline <= today + LONGEST:
        raise Refused(_("The day must lie between today and a year from now."))
    office = queries.office_of(by, unit)
    # Two at once would take the same number: the unit's row is the lock.
    Unit.objects.select_for_update().get(pk=unit.pk)
    notice = Notice.objects.create(
        unit=unit,
        school=given.school,
        office=office,
        word=given.word,
        year=today.year,
        number=queries.next_number(unit, office, today.year),
        inspected_on=given.inspected_on,
        inspectors=given.inspectors,
        basis=given.basis,
        demand=given.demand,
        deadline=given.deadline,
        command=command,
        issued_at=at,
        issued_by_id=by.pk,
    )
    found = finding.hazards(given.school, given.problems, by, at, at, given.deadline)
    for order, (hazard, problem) in enumerate(zip(found, given.problems, strict=True), 1):
        NoticeProblem.objects.create(
            unit=unit,
            school=given.school,
            notice=notice,
            hazard=hazard,
            order=order,
            place=problem.place,
            subject=problem.subject,
        )
    _note("notice.issued", notice, by, at)
    return notice


def _note(verb: str, notice: Notice, by: Viewer, at: datetime) -> None:
    for unit_id in (notice.unit_id, notice.school_id):
        audit.record(verb, by=by, at=at, unit_id=unit_id, subject=str(notice), notice=notice.pk)
    live.notify("verdicts", units=[notice.unit_id, notice.school_id])


def _moved(notice: Notice, to: str, **values: Any) -> Notice:
    if (notice.state, to) not in NOTICE_TRANSITIONS:
        raise Refused(_("That cannot be done with this notice now. Please look again."))
    rows = Notice.objects.filter(pk=notice.pk, state=notice.state)
    if not rows.update(state=to, **values):
        raise Refused(_("That cannot be done with this notice now. Please look again."))
    return queries.notice(notice.pk)


@transaction.atomic
def serve(*, notice_id: int, signature: str, by: Viewer, at: datetime) -> Notice:
    """Sign for a notice, in the school's name. :raises Refused: it was signed for."""
    notice = queries.notice(notice_id)
    _require_school(notice, by)
    moved = _moved(notice, NoticeState.SERVED, served_at=at, served_to=signature)
    _note("notice.served", moved, by, at)
    return moved


def _require_school(notice: Notice, by: Viewer) -> None:
    """The school's own office or principal, nobody from above in its stead."""
    if not any(
        "hazard.assign" in g.permissions and g.unit_id == notice.school_id for g in by.grants
    ):
        raise Denied("hazard.assign")


@transaction.atomic
def answer(*, notice_id: int, words: str, by: Viewer, at: datetime) -> Notice:
    """Say how each problem was fixed. :raises Refused: hazards of it are not fixed yet."""
    notice = queries.notice(notice_id)
    _require_school(notice, by)
    _refuse_open(
        notice, at, {"fixed", "closed"}, _("%(n)d of its hazards are not fixed yet: %(what)s")
    )
    moved = _moved(
        notice,
        NoticeState.ANSWERED,
        answered_at=at,
        answered_by=by.name[:40],
        answer=words,
        # What the last check said is over with a new answer; the log has it.
        checked_at=None,
        checked_by="",
        conclusion="",
    )
    _note("notice.answered", moved, by, at)
    return moved


def _refuse_open(notice: Notice, at: datetime, done: set[str], said: str) -> None:
    """:raises Refused: hazards of it are not as far."""
    # What those above put away is no problem any more.
    settled = {*done, "withdrawn"}
    open_ = [r for r in queries.problems(notice, at) if queries.stands(r.hazard) not in settled]
    if open_:
        places = "、".join(r.line.place for r in open_[:5])
        raise Refused(said % {"n": len(open_), "what": places})


@transaction.atomic
def check(*, notice_id: int, passed: bool, words: str, by: Viewer, at: datetime) -> Notice:
    """Check again on the spot: closed, or back to the school with what is missing.

    :raises Refused: it failed without a word why, or hazards of it are open.
    """
    notice = queries.notice(notice_id)
    by.require("supervision.do", notice.unit.path)
    if not passed and not words:
        raise Refused(_("Please say what is missing."))
    if passed:
        said = _("%(n)d of its hazards are not closed yet: %(what)s")
        _refuse_open(notice, at, {"closed"}, said)
    elif notice.state == NoticeState.CLOSED and not queries.open_again(notice):
        raise Refused(_("None of its hazards is open again."))
    to = NoticeState.CLOSED if passed else NoticeState.SERVED
    moved = _moved(notice, to, checked_at=at, checked_by=by.name[:40], conclusion=words)
    _note("notice.checked", moved, by, at)
    return moved
