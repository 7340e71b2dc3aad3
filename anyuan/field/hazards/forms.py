"""Reads the forms of hazards; parsing only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person

from .models import Grade, HazardState
from .rules import CRITERIA, DIRECT

MOST_YUAN = 100_000_000  # of one hazard; our own bound


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
        if text and (not text.isascii() or not text.isdigit() or int(text[:10]) > MOST_YUAN):
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
