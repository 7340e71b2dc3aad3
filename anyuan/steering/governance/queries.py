"""Reads of meetings, decisions, rules and letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet

from anyuan.assessment import queries as assessment
from anyuan.kernel.scoping import Viewer, visible
from anyuan.people.models import Person, Post
from anyuan.units.models import Unit

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


def agenda(found: Meeting) -> list[AgendaItem]:
    return list(found.agenda.order_by("order", "pk"))


def there(found: Meeting) -> list[Attendance]:
    return list(found.attendance.select_related("person").order_by("at", "pk"))


def decisions(found: Meeting) -> list[Decision]:
    return list(found.decisions.select_related("person").order_by("due", "pk"))


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
        Decision.objects.filter(person_id=viewer.person_id or 0, done_at=None)
        .select_related("meeting")
        .order_by("due", "pk")
    )


def proposed_agenda(unit: Unit, now: datetime) -> list[str]:
    """What a meeting should speak of: decisions not done, then what is short or breached now. At most twelve lines."""
    lines = [f"上次议定事项未完成：{d.text}（{d.person.name}）" for d in open_decisions(unit)[:5]]
    short = [
        o
        for o in assessment.due_now([unit.pk], now)
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
    """One rule as the library shows it: its newest version, and how many of those who must have read it."""

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
                (viewer.person_id or 0) in wanted - done,
            )
        )
    return out


def rule(pk: int) -> Rule:
    """:raises Invisible:"""
    return visible(Rule.objects.select_related("unit", "owner").order_by("pk"), pk)


def versions(found: Rule) -> list[RuleVersion]:
    return list(found.versions.order_by("-number"))


def unread_by(found: Rule, newest: RuleVersion) -> list[Person]:
    """Who must read a rule and has not read its newest version."""
    done = set(RuleRead.objects.filter(version=newest).values_list("person_id", flat=True))
    people = (
        Person.objects.filter(unit=found.unit, left_on=None)
        .prefetch_related(Prefetch("posts", Post.objects.filter(until=None)))
        .order_by("pinyin", "pk")
    )
    return [
        p
        for p in people
        if p.pk not in done and must_read(found.readers, [t.title for t in p.posts.all()])
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
    """The meetings of these units of the next week, and those of the last hours that are still open."""
    rows = Meeting.objects.filter(
        unit_id__in=list(unit_ids),
        state=MeetingState.CALLED,
        starts_at__gt=now - timedelta(hours=4),
        starts_at__lt=now + timedelta(days=7),
    )
    return list(rows.order_by("starts_at", "pk"))


def my_letters(viewer: Viewer) -> list[Letter]:
    """Letters that wait for the viewer's signature."""
    return list(
        Letter.objects.filter(person_id=viewer.person_id or 0, signed_at=None).order_by(
            "year", "pk"
        )
    )


def overdue(rows: list[Decision], today: date) -> int:
    return sum(1 for d in rows if d.due < today)
