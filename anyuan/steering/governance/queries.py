"""Reads of meetings, decisions, rules and letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.judging.assessment.queries import cells
from anyuan.kernel.clock import LOCAL, local_day, midnight
from anyuan.kernel.matters import Act, Matter, Step, Urgency
from anyuan.kernel.scoping import Viewer, visible
from anyuan.kernel.templatetags import words
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person, Post
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .models import (
    AgendaItem,
    Attendance,
    Decision,
    Letter,
    Meeting,
    MeetingKind,
    MeetingState,
    Rule,
    RuleRead,
    RuleVersion,
)
from .rules import must_read

__all__ = ["Decision", "Letter", "Meeting", "MeetingKind", "MeetingState", "Rule"]


# -- meetings -----------------------------------------------------------------
def meetings(unit: Unit) -> QuerySet[Meeting]:
    return (
        Meeting.objects.filter(unit=unit)
        .select_related("chair")
        .annotate(
            there=Count("attendance", distinct=True),
            open=Count("decisions", filter=Q(decisions__done_at=None), distinct=True),
        )
        .order_by("-starts_at", "-pk")
    )


def meeting(pk: int) -> Meeting:
    """:raises Invisible:"""
    return visible(Meeting.objects.select_related("unit", "chair").order_by("pk"), pk)


def agenda(meeting: Meeting) -> list[AgendaItem]:
    return list(meeting.agenda.order_by("order", "pk"))


def there(meeting: Meeting) -> list[Attendance]:
    return list(meeting.attendance.select_related("person").order_by("at", "pk"))


def decisions(meeting: Meeting) -> list[Decision]:
    return list(meeting.decisions.select_related("person").order_by("due", "pk"))


def open_decisions(unit: Unit) -> list[Decision]:
    """What meetings of a unit decided and nobody has done yet, the most overdue first."""
    return list(
        Decision.objects.filter(unit=unit, done_at=None)
        .select_related("person", "meeting")
        .order_by("due", "pk")
    )


def decision(pk: int) -> Decision:
    """:raises Invisible:"""
    return visible(Decision.objects.select_related("unit", "person", "meeting").order_by("pk"), pk)


def mine(viewer: Viewer) -> list[Decision]:
    """What the viewer is to do by a meeting's decision."""
    return list(
        Decision.objects.filter(person_id=viewer.pk, done_at=None)
        .select_related("meeting", "unit")
        .order_by("due", "pk")
    )


def proposed_agenda(unit: Unit, now: datetime) -> list[str]:
    """What a meeting should speak of: decisions not done, then what is short or breached now.

    At most twelve lines.
    """
    lines = [f"上次议定事项未完成：{d.text}（{d.person.name}）" for d in open_decisions(unit)[:5]]
    short = [
        o
        for o in cells.due_now([unit.pk], now)
        if o.yields_to is None and o.verdict in {"breached", "short"}
    ]
    seen: dict[str, int] = {}
    for o in short:
        seen[o.obligation.action] = seen.get(o.obligation.action, 0) + 1
    return (
        lines + [f"欠缺：{action}" + (f"（{n} 期）" if n > 1 else "") for action, n in seen.items()]
    )[:12]


# -- rules --------------------------------------------------------------------
@dataclass(frozen=True)
class Shelf:
    """One rule as the library shows it: its newest version, and how many of those who must have
    read it.
    """

    rule: Rule
    newest: RuleVersion
    wanted: int
    read: int
    mine: bool  # the viewer must still read it


def library(unit: Unit, viewer: Viewer) -> list[Shelf]:
    """The rules in force at a unit. Five queries, however many rules and people."""
    rules = list(
        Rule.objects.filter(unit=unit, closed_on=None)
        .select_related("owner")
        .prefetch_related(Prefetch("versions", RuleVersion.objects.order_by("-number")))
        .order_by("title", "pk")
    )
    if not rules:
        return []
    posts: dict[int, list[str]] = {
        p: [] for p in Person.objects.filter(unit=unit, left_on=None).values_list("pk", flat=True)
    }
    for person_id, title in Post.objects.filter(unit=unit, until=None).values_list(
        "person_id", "title"
    ):
        posts.setdefault(person_id, []).append(title)
    read: dict[int, set[int]] = {}
    for version_id, person_id in RuleRead.objects.filter(unit=unit).values_list(
        "version_id", "person_id"
    ):
        read.setdefault(version_id, set()).add(person_id)
    out = []
    for rule in rules:
        newest = rule.versions.all()[0]
        wanted = {p for p, titles in posts.items() if must_read(rule.readers, titles)}
        done = read.get(newest.pk, set())
        out.append(
            Shelf(
                rule,
                newest,
                len(wanted),
                len(wanted & done),
                viewer.pk in wanted - done,
            )
        )
    return out


def rule(pk: int) -> Rule:
    """:raises Invisible:"""
    return visible(Rule.objects.select_related("unit", "owner").order_by("pk"), pk)


def versions(rule: Rule) -> list[RuleVersion]:
    return list(rule.versions.order_by("-number"))


def unread_by(rule: Rule, newest: RuleVersion) -> list[Person]:
    """Who must read a rule and has not read its newest version."""
    done = set(RuleRead.objects.filter(version=newest).values_list("person_id", flat=True))
    people = (
        Person.objects.filter(unit=rule.unit, left_on=None)
        .prefetch_related(Prefetch("posts", Post.objects.filter(until=None)))
        .order_by("pinyin", "pk")
    )
    return [
        p
        for p in people
        if p.pk not in done and must_read(rule.readers, [t.title for t in p.posts.all()])
    ]


# -- letters ------------------------------------------------------------------
def letters(unit: Unit, year: int) -> list[Letter]:
    return list(
        Letter.objects.filter(unit=unit, year=year)
        .select_related("person")
        .order_by("signed_at", "person__pinyin", "pk")
    )


def letter(pk: int) -> Letter:
    """:raises Invisible:"""
    return visible(Letter.objects.select_related("unit", "person").order_by("pk"), pk)


def coming(unit_ids: Sequence[int], now: datetime) -> list[Meeting]:
    """The meetings of these units of the next week, and those of the last hours that are still
    open.
    """
    rows = Meeting.objects.filter(
        unit_id__in=list(unit_ids),
        state=MeetingState.CALLED,
        starts_at__gt=now - timedelta(hours=4),
        starts_at__lt=now + timedelta(days=7),
    )
    return list(rows.select_related("unit", "chair").order_by("starts_at", "pk"))


def my_letters(viewer: Viewer) -> list[Letter]:
    """Letters that wait for the viewer's signature."""
    return list(
        Letter.objects.filter(person_id=viewer.pk, signed_at=None)
        .select_related("unit")
        .order_by("year", "pk")
    )


def overdue(rows: list[Decision], today: date) -> int:
    return sum(1 for d in rows if d.due < today)


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Meetings to come, rules to read, decisions to carry out, letters to sign."""
    me = frozenset({viewer.pk})
    found = [meeting_matter(m, me) for m in coming([u.pk for u in own], now)]
    found += [_rule_to_read(s.rule, u, me) for u in own for s in library(u, viewer) if s.mine]
    found += [_decision_to_do(d, now, me) for d in mine(viewer)]
    found += [_letter_to_sign(letter, me) for letter in my_letters(viewer)]
    return found


def meeting_matter(meeting: Meeting, persons: frozenset[int] = frozenset()) -> Matter:
    """A meeting is called. It is also said once in the groups of its unit."""
    when = f"{words.dated(meeting.starts_at)} {meeting.starts_at.astimezone(LOCAL):%H:%M}"
    page = reverse("meeting", args=[meeting.pk])
    step = Step(
        name="",
        subject=f"会议通知：{meeting.title}"[:80],
        body=f"{when} 在{meeting.place}，主持：{meeting.chair.name}。",
        groups=True,
        path=page,
    )
    return Matter(
        key=f"meeting-{meeting.pk}",
        unit_id=meeting.unit_id,
        path=meeting.unit.path,
        sentence=meeting.title,
        detail=f"{when} · {meeting.place}",
        act=Act(_("Open"), page),
        urgency=Urgency.SOON,
        until=meeting.starts_at,
        persons=persons,
        steps=(step,),
    )


def _rule_to_read(rule: Rule, unit: Unit, me: frozenset[int]) -> Matter:
    return Matter(
        key=f"rule-{rule.pk}",
        unit_id=unit.pk,
        path=unit.path,
        sentence=rule.title,
        detail=_("to read"),
        act=Act(_("Read"), reverse("rule", args=[rule.pk])),
        urgency=Urgency.SOON,
        persons=me,
    )


def _decision_to_do(decision: Decision, now: datetime, me: frozenset[int]) -> Matter:
    over = midnight(decision.due + timedelta(days=1))
    return Matter(
        key=f"decision-{decision.pk}",
        unit_id=decision.unit_id,
        path=decision.unit.path,
        sentence=decision.text,
        detail=decision.meeting.title,
        act=Act(_("Open"), reverse("meeting", args=[decision.meeting_id])),
        urgency=Urgency.LATE if over <= now else Urgency.SOON,
        until=over,
        persons=me,
    )


def _letter_to_sign(letter: Letter, me: frozenset[int]) -> Matter:
    return Matter(
        key=f"letter-{letter.pk}",
        unit_id=letter.unit_id,
        path=letter.unit.path,
        sentence=_("Letter of responsibility %(year)s") % {"year": letter.year},
        act=Act(_("Sign"), reverse("letter", args=[letter.pk])),
        urgency=Urgency.NOW,
        persons=me,
    )


@dataclass(frozen=True)
class MeetingsPage:
    """The meetings of a unit: what they decided and is open, and a form to call one."""

    unit: Unit
    units: Sequence[Unit]
    open: list[Decision]
    overdue: int
    may_call: bool
    people: Sequence[Person]
    kinds: list[tuple[str, str]]
    agenda: str  # as proposed
    today: date


def meetings_page(viewer: Viewer, unit: Unit, now: datetime) -> MeetingsPage:
    """The meetings of a unit, for whoever may see them or call one."""
    may = viewer.may("meeting.call", unit.path)
    open_ = open_decisions(unit)
    return MeetingsPage(
        unit=unit,
        units=units.visible_below(viewer),
        open=open_,
        overdue=overdue(open_, local_day(now)),
        may_call=may,
        people=people.choices(unit) if may else [],
        kinds=MeetingKind.choices,
        agenda="\n".join(proposed_agenda(unit, now)) if may else "",
        today=local_day(now),
    )
