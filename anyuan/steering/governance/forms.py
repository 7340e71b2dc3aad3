"""Reads the forms of meetings, rules and letters; parsing only."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.kernel.http import number
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.record.evidence.forms import Invalid, parse_moment

from .models import MeetingKind


def moment(data: Mapping[str, str], name: str, now: datetime) -> datetime:
    """:raises Refused: it is no time, or not said."""
    text = data.get(name, "").strip()
    if not text:
        raise Refused(_("Please say when."))
    try:
        return parse_moment(text, now)
    except Invalid as invalid:
        raise Refused(" ".join(invalid.errors.values())) from invalid


@dataclass(frozen=True)
class MeetingForm:
    """A meeting as it is called."""

    kind: str
    title: str
    starts_at: datetime
    place: str
    chair: Person
    agenda: Sequence[str]

    @classmethod
    def read(cls, data: Mapping[str, str], now: datetime) -> MeetingForm:
        """:raises Refused: naming the field."""
        return cls(
            kind=fields.one_of(data, "kind", MeetingKind.values),
            title=fields.words(data, "title", _("Title"), 80, required=True),
            starts_at=moment(data, "starts_at", now),
            place=fields.words(data, "place", _("Place"), 40, required=True),
            chair=people.get(fields.key(data, "chair")),
            agenda=fields.long_text(data, "agenda").splitlines(),
        )


def code(data: Mapping[str, str]) -> str:
    """The code of a meeting, as people type it: also in full width."""
    return unicodedata.normalize("NFKC", data.get("code", ""))


@dataclass(frozen=True)
class DecisionForm:
    """What a meeting decided, who sees to it, until which day."""

    text: str
    person: Person
    due: date

    @classmethod
    def read(cls, data: Mapping[str, str]) -> DecisionForm:
        """:raises Refused: naming the field."""
        return cls(
            text=fields.words(data, "text", _("Decision"), 200, required=True),
            person=people.get(fields.key(data, "person")),
            due=fields.day(data, "due", _("Until")),
        )


@dataclass(frozen=True)
class RuleForm:
    """A rule of the unit's own as it is written; `base` is the version the writer saw, 0: none."""

    title: str
    text: str
    owner: Person
    review_on: date
    readers: str
    base: int

    @classmethod
    def read(cls, data: Mapping[str, str]) -> RuleForm:
        """:raises Refused: naming the field."""
        return cls(
            title=fields.words(data, "title", _("Title"), 80, required=True),
            text=fields.long_text(data, "text", required=True),
            owner=people.get(fields.key(data, "owner")),
            review_on=fields.day(data, "review_on", _("Look at it again on")),
            readers=fields.words(data, "readers", _("Who must read it"), 40),
            base=number(data.get("base", "0")),
        )
