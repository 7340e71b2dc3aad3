"""Reads the forms of hazards; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.units.models import PlaceKind
from anyuan.org.workbook.forms import reading as workbooks

from .models import Grade, HazardState, Season
from .models.beyond import Department
from .rules import CRITERIA, DIRECT
from .rules.checklists import ANSWERS, ITEM_LENGTH, MOST_ITEMS, NO, Answered

MOST_MILESTONES = 8  # of one listing; our own bound
ITEMS_HEAD = "检查项"
YUAN_DIGITS = 8  # of what one hazard costs; our own bound


@dataclass(frozen=True)
class AssignForm:
    """How grave it is and why, who fixes it, how, until which day."""

    grade: str
    criterion: str
    why: str
    owner: Person
    measure: str
    deadline: date

    @classmethod
    def read(cls, data: Mapping[str, str]) -> AssignForm:
        """:raises Refused: naming the field; a major one without its reason."""
        grade = fields.one_of(data, "grade", Grade.values)
        criterion = data.get("criterion", "") if grade == Grade.MAJOR else ""
        why = fields.words(data, "why", _("Why it is major"), 200)
        if grade == Grade.MAJOR and criterion not in CRITERIA:
            raise Refused(_("A major hazard names the criterion that makes it one."))
        if grade == Grade.MAJOR and criterion not in DIRECT and not why:
            raise Refused(_("Please say in words why it is major."))
        return cls(
            grade=grade,
            criterion=criterion,
            why=why if grade == Grade.MAJOR else "",
            owner=people.get(fields.key(data, "owner")),
            measure=fields.words(data, "measure", _("Measure"), 200, required=True),
            deadline=fields.day(data, "deadline", _("Until")),
        )


@dataclass(frozen=True)
class FixForm:
    """What was done; the cost in yuan and who did it, where there was any."""

    result: str
    cost: int | None
    contractor: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> FixForm:
        """:raises Refused: naming the field."""
        text = data.get("cost", "").strip()
        if text and (not text.isascii() or not text.isdigit() or len(text) > YUAN_DIGITS):
            raise Refused(_("Cost: please write whole yuan."))
        return cls(
            result=fields.words(data, "result", _("What was done"), 200, required=True),
            cost=int(text) if text else None,
            contractor=fields.words(data, "contractor", _("Who did the work"), 40),
        )


def said(data: Mapping[str, str], label: str) -> str:
    """The words of a step. :raises Refused: none."""
    return fields.words(data, "words", label, 200, required=True)


OPEN = ("found", "assigned", "fixed")


@dataclass(frozen=True)
class HazardsForm:
    """What the list is narrowed to; empty: what is open."""

    state: str = ""  # a state, `late`, `mine` or `all`
    grade: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> HazardsForm:
        state, grade = data.get("state", ""), data.get("grade", "")
        known = {*HazardState.values, "late", "mine", "all"}
        return cls(state if state in known else "", grade if grade in Grade.values else "")

    @property
    def asked(self) -> dict[str, str]:
        """What was chosen, by the names of the address."""
        return {k: v for k, v in {"state": self.state, "grade": self.grade}.items() if v}

    @property
    def address(self) -> str:
        return urlencode(self.asked)


@dataclass(frozen=True)
class ChecklistForm:
    """A list as an office writes it: for which kinds of places, when, its items a line each."""

    name: str
    kinds: list[str]
    season: str
    whole: bool
    items: list[str]

    @classmethod
    def read(cls, data: QueryDict, file: UploadedFile[Any] | None = None) -> ChecklistForm:
        """`file`: a workbook whose first column holds the items in place of what is typed.

        :raises Refused: naming the field.
        """
        kinds = [k for k in data.getlist("kinds") if k in PlaceKind.values]
        if not kinds:
            raise Refused(_("Please choose for which kinds of places."))
        lines = [line.strip() for line in fields.long_text(data, "items").splitlines()]
        if file is not None:
            lines = _items_of(file)
        items = list(dict.fromkeys(line for line in lines if line))
        if not 1 <= len(items) <= MOST_ITEMS or any(len(i) > ITEM_LENGTH for i in items):
            raise Refused(
                _("A list has 1 to %(n)d items, a line each of at most %(max)d characters.")
                % {"n": MOST_ITEMS, "max": ITEM_LENGTH}
            )
        return cls(
            name=fields.words(data, "name", _("Name"), 40, required=True),
            kinds=kinds,
            season=fields.one_of(data, "season", ["", *Season.values]),
            whole=fields.ticked(data, "whole"),
            items=items,
        )


def _items_of(file: UploadedFile[Any]) -> list[str]:
    """The items in a workbook, below their head where there is one. :raises Refused:"""
    lines = workbooks.first_column(file.name or "xlsx", file.read(), MOST_ITEMS + 1)
    return lines[1:] if lines and lines[0] == ITEMS_HEAD else lines


def place(data: Mapping[str, Any]) -> str:
    """Where a list was walked. :raises Refused: it is not said."""
    said = {"place": str(data.get("place") or "")}
    return fields.words(said, "place", _("Where"), 80, required=True)


def answers(data: Mapping[str, Any], count: int) -> list[Answered]:
    """What was seen of each item, from a page's form or a phone. :raises Refused: one is open."""
    found = []
    for number in range(count):
        answer = str(data.get(f"a{number}", ""))
        if answer not in ANSWERS:
            raise Refused(_("Please answer each item; number %(n)d is open.") % {"n": number + 1})
        note = str(data.get(f"n{number}") or "").strip()
        if len(note) > ITEM_LENGTH:
            raise Refused(_("Please use at most %(max)d characters.") % {"max": ITEM_LENGTH})
        found.append(Answered("", answer, note if answer == NO else ""))
    return found


@dataclass(frozen=True)
class ListingForm:
    """A major hazard as it is listed for supervision; milestones as (what, until)."""

    sponsor: Person
    demand: str
    until: date
    milestones: list[tuple[str, date]]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> ListingForm:
        """Milestones a line each: `2026-12-10 what`. :raises Refused: naming the field."""
        lines = [line.strip() for line in fields.long_text(data, "milestones").splitlines()]
        milestones = [_milestone(line) for line in lines if line]
        if not 1 <= len(milestones) <= MOST_MILESTONES:
            raise Refused(_("Please write 1 to %(n)d milestones.") % {"n": MOST_MILESTONES})
        return cls(
            sponsor=people.get(fields.key(data, "sponsor")),
            demand=fields.words(data, "demand", _("What is demanded"), 200, required=True),
            until=fields.day(data, "until", _("Until")),
            milestones=sorted(milestones, key=lambda m: m[1]),
        )


def _milestone(line: str) -> tuple[str, date]:
    day, _space, what = line.partition(" ")
    label = _("Milestones")
    said = fields.words({"what": what}, "what", label, 80, required=True)
    return said, fields.day_of(day, label)


@dataclass(frozen=True)
class ReferralForm:
    """To whom a hazard is handed, what is asked, until when an answer is expected."""

    department: str
    recipient: str
    request: str
    due: date

    @classmethod
    def read(cls, data: Mapping[str, str]) -> ReferralForm:
        """:raises Refused: naming the field."""
        return cls(
            department=fields.one_of(data, "department", Department.values),
            recipient=fields.words(data, "recipient", _("To whom"), 60, required=True),
            request=fields.words(data, "request", _("What is asked"), 200, required=True),
            due=fields.day(data, "due", _("An answer is expected until")),
        )


@dataclass(frozen=True)
class AnswerForm:
    """What a department answers, and who says so."""

    words: str
    name: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> AnswerForm:
        """:raises Refused: naming the field."""
        return cls(
            words=fields.words(data, "words", _("Answer"), 400, required=True),
            name=fields.words(data, "name", _("Office and name"), 40, required=True),
        )


@dataclass(frozen=True)
class PublicForm:
    """What somebody without an account tells, with what their browser worked for."""

    place: str
    subject: str
    challenge: str
    nonce: str

    @classmethod
    def read(cls, data: Mapping[str, str]) -> PublicForm:
        """:raises Refused: naming the field."""
        return cls(
            place=fields.words(data, "place", _("Where"), 80, required=True),
            subject=fields.words(data, "subject", _("What is wrong"), 80, required=True),
            challenge=fields.sought(data, "challenge", 200),
            nonce=fields.sought(data, "nonce", 20),
        )
