"""Who came to a shift and who went: what signing in and leaving say of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.org.units.rules import school_year
from anyuan.record.evidence.services import recording

from ..models import Roster, Shift


def came(*, shift: Shift, came_at: datetime, doubts: Sequence[str]) -> None:
    """Somebody has come to their shift; `doubts` name what did not fit."""
    Shift.objects.filter(pk=shift.pk).update(came_at=came_at, doubts=list(doubts))
    _judge_again(shift)


def left(*, shift: Shift, left_at: datetime) -> None:
    """Somebody has gone from their shift; again: the first time counts."""
    Shift.objects.filter(pk=shift.pk, left_at=None).update(left_at=left_at)
    _judge_again(shift)


def is_still_there(*, shift: Shift) -> None:
    """Having gone was a slip."""
    Shift.objects.filter(pk=shift.pk).update(left_at=None)
    _judge_again(shift)


def part(*, shift: Shift, left_at: datetime, came_at: datetime, by: str, at: datetime) -> Shift:
    """Part a shift where its person had gone: what is left of it, from `came_at`, is one of its
    own, so that the gap stays.
    """
    ends_at, doubts = shift.ends_at, [*dict.fromkeys([*shift.doubts, "was_away"])]
    Shift.objects.filter(pk=shift.pk).update(ends_at=left_at)
    rest = Shift.objects.create(
        unit=shift.unit,
        roster=shift.roster,
        station=shift.station,
        person=shift.person,
        day=shift.day,
        starts_at=left_at,
        ends_at=ends_at,
        in_force=True,
        came_at=came_at,
        doubts=doubts,
        changed_at=at,
        changed_by=by[:40],
    )
    _judge_again(rest)
    return rest


def _judge_again(shift: Shift) -> None:
    """Whether somebody was there around the clock follows from who came and went, also on the day
    on which a shift ends.
    """
    for day in {local_day(shift.starts_at), local_day(shift.ends_at)}:
        recording.look_again(unit_id=shift.unit_id, activity=shift.station.activity, since=day)
    live.notify("verdicts", units=[shift.unit_id])


YEARS = 3  # school years for which rosters say who served, for a fair share


def forget_who_served(at: datetime) -> int:
    """Who served, once three school years are over; when somebody was there stays."""
    this_year = school_year(local_day(at))
    since = this_year.replace(year=this_year.year - YEARS + 1)
    rosters = Roster.objects.filter(ends__lt=since).exclude(asked_by="")
    rosters.update(asked_by="", away=None, away_on=None)
    shifts = Shift.objects.filter(day__lt=since).exclude(person=None, changed_by="")
    return shifts.update(person=None, changed_by="")
