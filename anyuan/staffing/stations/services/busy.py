"""When somebody cannot serve."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.units.models import Unit
from anyuan.org.units.rules import school_year

from .. import rules
from ..forms import BusyForm
from ..models import Busy, BusyKind
from ..rules import MOST_BUSY


@transaction.atomic
def add(
    *,
    person: Person,
    given: BusyForm,
    by: Viewer,
    at: datetime,
) -> Busy:
    """Enter lessons or wishes: one's own, or by whoever makes the roster.

    The same twice is once. :raises Refused:
    """
    if by.person_id != person.pk or given.kind == "lesson":
        by.require("roster.make", person.unit.path)
    if given.weekday is None and (
        given.starts is None or given.ends is None or given.ends <= given.starts
    ):
        raise Refused(_("Please choose a weekday, or a first and a last day."))
    if (given.from_time is None) != (given.to_time is None) or (
        given.from_time is not None
        and given.to_time is not None
        and given.to_time <= given.from_time
    ):
        raise Refused(_("The end lies before the start. Please check the times."))
    if Busy.objects.filter(person=person).count() >= MOST_BUSY:
        raise Refused(_("At most %(n)d entries can be kept for one person.") % {"n": MOST_BUSY})
    row, _new = Busy.objects.get_or_create(
        unit=person.unit,
        person=person,
        kind=given.kind,
        weekday=given.weekday,
        starts=given.starts,
        ends=given.ends,
        from_time=given.from_time,
        to_time=given.to_time,
    )
    return row


@transaction.atomic
def set_timetable(*, unit: Unit, lessons: Sequence[rules.Lesson], by: Viewer, at: datetime) -> int:
    """Enter the lessons of many at once, by name or staff number, in place of the weekly lessons
    these people had. Returns of how many. :raises Refused: nothing is changed
    """
    by.require("roster.make", unit.path)
    named: dict[str, set[int]] = defaultdict(set)
    for pk, *words in Person.objects.filter(unit=unit, left_on=None).values_list(
        "pk", "name", "number"
    ):
        for word in filter(None, words):
            named[word].add(pk)
    wanted = list(dict.fromkeys(lesson.who for lesson in lessons))
    if unknown := [w for w in wanted if w not in named]:
        raise Refused(_("Nobody here is called: %(names)s.") % {"names": "、".join(unknown[:10])})
    if several := [w for w in wanted if len(named[w]) > 1]:
        raise Refused(
            _("Several people are called %(names)s. Please write their staff numbers instead.")
            % {"names": "、".join(several[:10])}
        )
    rows = {(next(iter(named[x.who])), x.weekday, x.starts, x.ends) for x in lessons}
    most = Counter(pk for pk, *_rest in rows)
    if any(n > MOST_BUSY for n in most.values()):
        raise Refused(_("At most %(n)d entries can be kept for one person.") % {"n": MOST_BUSY})
    Busy.objects.filter(
        unit=unit, person__in=list(most), kind=BusyKind.LESSON, starts=None
    ).delete()
    Busy.objects.bulk_create(
        [
            Busy(
                unit=unit,
                person_id=pk,
                kind=BusyKind.LESSON,
                weekday=day,
                from_time=first,
                to_time=last,
            )
            for pk, day, first, last in sorted(rows)
        ]
    )
    audit.record(
        "lessons.set",
        by=by,
        at=at,
        unit_id=unit.pk,
        subject=unit.name,
        people=len(most),
        lessons=len(rows),
    )
    return len(most)


@transaction.atomic
def drop(*, busy_id: int, by: Viewer) -> Person:
    row = visible(Busy.objects.select_related("person", "unit").order_by("pk"), busy_id)
    if by.person_id != row.person_id or row.kind == "lesson":
        by.require("roster.make", row.unit.path)
    row.delete()
    return row.person


def forget_over(at: datetime) -> int:
    """When somebody could not serve, once the next school year has begun."""
    return Busy.objects.filter(ends__lt=school_year(local_day(at))).delete()[0]
