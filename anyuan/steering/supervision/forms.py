"""Reads the forms of notices, draws and visits; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .rules import BASES, MOST_PROBLEMS, PROBLEM_LENGTH

MOST_SCHOOLS, MOST_INSPECTORS = 100, 5  # of one draw, and of one visit; our own bounds


@dataclass(frozen=True)
class Problem:
    """What is wrong where."""

    place: str
    subject: str


def problems(data: Mapping[str, str], *, required: bool) -> list[Problem]:
    """A line each, `place：what is wrong`. :raises Refused: naming the line."""
    lines = [line.strip() for line in fields.long_text(data, "problems").splitlines()]
    found = [_problem(line, number) for number, line in enumerate(lines, 1) if line]
    if required and not found:
        raise Refused(_("Please write down what is wrong, a line each."))
    if len(found) > MOST_PROBLEMS:
        raise Refused(_("At most %(n)d problems in one paper.") % {"n": MOST_PROBLEMS})
    return found


def _problem(line: str, number: int) -> Problem:
    place, colon, subject = line.replace(":", "：").partition("：")
    if not colon or not place.strip() or not subject.strip():
        raise Refused(
            _("Line %(n)d: please write the place, a colon, what is wrong.") % {"n": number}
        )
    if len(place) > PROBLEM_LENGTH or len(subject) > PROBLEM_LENGTH:
        raise Refused(
            _("Line %(n)d: please use at most %(max)d characters.")
            % {"n": number, "max": PROBLEM_LENGTH}
        )
    return Problem(place.strip(), subject.strip())


@dataclass(frozen=True)
class NoticeForm:
    """A notice as it is issued."""

    school: Unit
    word: str
    inspected_on: date
    inspectors: str
    basis: str
    demand: str
    deadline: date
    problems: list[Problem]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> NoticeForm:
        """:raises Refused: naming the field."""
        basis = BASES.get(data.get("basis", ""), "")
        own = fields.words(data, "other_basis", _("Legal basis"), 200)
        if not basis and not own:
            raise Refused(_("Please say what it rests on."))
        school = fields.key_or_none(data, "school")
        if school is None:
            raise Refused(_("Please choose the school."))
        return cls(
            school=units.get(school),
            word=fields.words(data, "word", _("Word before the number"), 20, required=True),
            inspected_on=fields.day(data, "inspected_on", _("Inspected on")),
            inspectors=fields.words(data, "inspectors", _("Inspectors"), 80, required=True),
            basis=own or basis,
            demand=fields.words(data, "demand", _("What is demanded"), 200),
            deadline=fields.day(data, "deadline", _("Until")),
            problems=problems(data, required=True),
        )


@dataclass(frozen=True)
class DrawForm:
    """A draw as it is asked for."""

    name: str
    count: int
    each: int
    first_day: date
    last_day: date
    inspectors: list[int]
    joint: bool = False

    @classmethod
    def read(cls, data: QueryDict) -> DrawForm:
        """:raises Refused: naming the field."""
        first = fields.day(data, "first_day", _("from"))
        last = fields.day(data, "last_day", _("until"))
        if last < first:
            raise Refused(_("The first day lies after the last. Please exchange them."))
        chosen = fields.keys(data, "inspectors", 200)
        if not chosen:
            raise Refused(_("Please choose who may be sent."))
        return cls(
            name=fields.words(data, "name", _("Name"), 40, required=True),
            count=fields.whole(data, "count", _("Schools"), 1, MOST_SCHOOLS),
            each=fields.whole(data, "each", _("Inspectors each"), 1, MOST_INSPECTORS),
            first_day=first,
            last_day=last,
            inspectors=chosen,
            joint=fields.ticked(data, "joint"),
        )


@dataclass(frozen=True)
class DoneForm:
    """What a visit saw, who of the school signed, what is wrong."""

    seen: str
    signed: str
    problems: list[Problem]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> DoneForm:
        """:raises Refused: naming the field."""
        return cls(
            seen=fields.words(data, "seen", _("What was seen"), 400, required=True),
            signed=fields.words(data, "signed", _("Signed for the school by"), 40, required=True),
            problems=problems(data, required=False),
        )
