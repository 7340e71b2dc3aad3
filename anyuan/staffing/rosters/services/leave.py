"""Leave is asked for, decided and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags import words
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.units.rules import school_year
from anyuan.staffing.rosters.queries import leave as leave_queries
from anyuan.staffing.rosters.queries import shifts
from anyuan.staffing.rosters.rules import bounds

from ..models import (
    Leave,
    LeaveState,
)

if TYPE_CHECKING:
    pass


@transaction.atomic
def ask(
    *,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    reason: str = "",
    by: Viewer,
    at: datetime,
) -> Leave:
    """Ask not to serve for a time; until it is approved one must come.

    The same twice is once. :raises Refused:
    """
    if by.person_id != person.pk:
        by.require("roster.make", person.unit.path)
    if ends_at <= starts_at:
        raise Refused(_("The end lies before the start. Please check the times."))
    if (
        ends_at <= at
        or starts_at > at + timedelta(days=366)
        or ends_at - starts_at > timedelta(days=bounds.LONGEST_ROSTER)
    ):
        raise Refused(
            _("Leave lies within the coming year and lasts at most %(n)d days.")
            % {"n": bounds.LONGEST_ROSTER}
        )
    if (
        Leave.objects.filter(person=person, state=LeaveState.ASKED)
        .exclude(starts_at=starts_at, ends_at=ends_at)
        .count()
        >= bounds.MOST_LEAVES
    ):
        raise Refused(
            _("At most %(n)d leaves can wait for an answer. Please take one back first.")
            % {"n": bounds.MOST_LEAVES}
        )
    row, new = Leave.objects.get_or_create(
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        state=LeaveState.ASKED,
        defaults={"unit": person.unit, "kind": kind, "reason": reason, "asked_at": at},
    )
    if new:
        audit.record(
            "leave.asked", by=by, at=at, unit_id=person.unit_id, subject=person.name, leave=row.pk
        )
        live.notify("verdicts", units=[person.unit_id])
    return row


@transaction.atomic
def decide(*, leave_id: int, grant: bool, by: Viewer, at: datetime) -> Leave:
    """Approve or refuse; approved only when somebody stands in for each shift (R-B2).

    :raises Refused:
    """
    row = leave_queries.get(leave_id)
    by.require("roster.make", row.unit.path)
    open_ = [s for s in shifts.shifts_within(row) if s.ends_at > at]
    if grant and open_:
        raise Refused(
            _("First find somebody for: %(what)s.")
            % {"what": "、".join(f"{words.dated(s.day)} {s.station.name}" for s in open_[:5])}
        )
    state = LeaveState.APPROVED if grant else LeaveState.REFUSED
    if not Leave.objects.filter(pk=row.pk, state=LeaveState.ASKED).update(
        state=state, decided_at=at, decided_by=by.name[:40]
    ):
        raise Refused(_("This was decided a moment ago, or withdrawn."))
    audit.record(
        f"leave.{state}", by=by, at=at, unit_id=row.unit_id, subject=row.person.name, leave=row.pk
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw(*, leave_id: int, by: Viewer, at: datetime) -> Leave:
    """Take a leave back, also an approved one: its person, or who makes the roster.

    What others took over stays theirs.
    """
    row = leave_queries.get(leave_id)
    if row.person_id != by.person_id:
        by.require("roster.make", row.unit.path)
    Leave.objects.filter(pk=row.pk, state__in=[LeaveState.ASKED, LeaveState.APPROVED]).update(
        state=LeaveState.WITHDRAWN, decided_at=at, decided_by=by.name[:40]
    )
    return row


def this_school_year(at: datetime) -> datetime:
    return midnight(school_year(local_day(at)))


def forget_over(at: datetime) -> int:
    """Leave, once the next school year has begun."""
    return Leave.objects.filter(ends_at__lt=this_school_year(at)).delete()[0]
