"""Reads the forms of stations; parsing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from anyuan.kernel import forms as fields
from anyuan.kernel.commands import Refused
from anyuan.org.units import queries as units
from anyuan.org.units.models import Place
from anyuan.staffing.stations.models import StationKind

from .models import BusyKind, Gender, When
from .rules import Lesson, breaks_in, classes_in, timetable_in

MOST_TYPED = 60_000  # characters of a pasted timetable


def breaks(data: Mapping[str, str]) -> list[tuple[str, time, time]]:
    """:raises Refused: a line that is no break."""
    found = breaks_in(data.get("breaks", "")[:2000])
    if found is None:
        raise Refused(_("Breaks: please write one a line, such as 大课间 09:50-10:20."))
    return found


def timetable(data: Mapping[str, str]) -> list[Lesson]:
    """:raises Refused: too long, nothing in it, or lines that say no lesson, by their numbers."""
    text = data.get("timetable", "")
    if len(text) > MOST_TYPED:
        raise Refused(
            _("At most %(n)d characters at once. Please enter it in parts.") % {"n": MOST_TYPED}
        )
    lessons, unread = timetable_in(text)
    if unread:
        raise Refused(
            _(
                "Not understood: line %(lines)s. Nothing was changed. Write a name, a weekday, and"
                " periods or hours; and say once when each period is."
            )
            % {"lines": "、".join(map(str, unread[:10]))}
        )
    if not lessons:
        raise Refused(_("Please paste the timetable first."))
    return lessons


@dataclass(frozen=True)
class StationForm:
    """A station as it is entered or changed; `ends` at or before `starts` is the next morning."""

    name: str
    kind: str
    place: Place | None
    starts: time
    ends: time
    when: str
    people: int
    certificate: str = ""
    gender: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str]) -> StationForm:
        """:raises Refused: naming the field."""
        return cls(
            name=fields.words(data, "name", _("What it is called"), 30, required=True),
            kind=fields.one_of(data, "kind", StationKind.values),
            place=place_of(data),
            starts=fields.clock(data, "starts", _("From")),
            ends=fields.clock(data, "ends", _("To")),
            when=fields.one_of(data, "when", When.values),
            people=fields.whole(data, "people", _("How many"), 1, 50),
            certificate=fields.words(data, "certificate", _("Certificate"), 30),
            gender=fields.one_of(data, "gender", Gender.values) if data.get("gender") else "",
        )


@dataclass(frozen=True)
class ZoneForm:
    """Where parents wait for which classes, and when these come out."""

    name: str
    place: Place | None
    comes_out: time
    classes: Sequence[str]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> ZoneForm:
        """:raises Refused: naming the field."""
        typed = fields.words(data, "classes", _("Which classes"), 600, required=True)
        return cls(
            name=fields.words(data, "name", _("Zone"), 30, required=True),
            place=place_of(data),
            comes_out=fields.clock(data, "comes_out", _("Comes out at")),
            classes=classes_in(typed),
        )


@dataclass(frozen=True)
class CardForm:
    """What of somebody a station may ask for, and how often they serve at most."""

    gender: str
    certificate: str
    certificate_until: date | None
    most_a_week: int | None

    @classmethod
    def read(cls, data: Mapping[str, str]) -> CardForm:
        """:raises Refused: naming the field."""
        return cls(
            gender=fields.one_of(data, "gender", Gender.values) if data.get("gender") else "",
            certificate=fields.words(data, "certificate", _("Certificate"), 30),
            certificate_until=fields.day_or_none(data, "certificate_until", _("Valid until")),
            most_a_week=fields.whole_or_none(data, "most_a_week", _("At most a week"), 0, 14),
        )


@dataclass(frozen=True)
class ServeForm:
    """Who may serve at a station: ticked (ids), of a body (id), or with a word in their posts."""

    ticked: frozenset[int]
    body_id: int | None
    word: str

    @classmethod
    def read(cls, data: QueryDict) -> ServeForm:
        """:raises Invisible: something ticked that is no id."""
        return cls(
            frozenset(fields.keys(data, "person", 1000)),
            fields.key_or_none(data, "body"),
            fields.sought(data, "word"),
        )

    def names(self, titles: str) -> bool:
        """Whether somebody's posts hold the word."""
        return bool(self.word) and self.word in titles


@dataclass(frozen=True)
class BusyForm:
    """When somebody cannot serve, or would: on a weekday, or from a day to another (excluded)."""

    kind: str
    weekday: int | None = None
    starts: date | None = None
    ends: date | None = None
    from_time: time | None = None
    to_time: time | None = None

    @classmethod
    def read(cls, data: Mapping[str, str]) -> BusyForm:
        """:raises Refused: naming the field."""
        last = fields.day_or_none(data, "ends", _("To"))
        return cls(
            kind=fields.one_of(data, "kind", BusyKind.values),
            weekday=fields.whole_or_none(data, "weekday", _("Weekday"), 0, 6),
            starts=fields.day_or_none(data, "starts", _("From")),
            ends=last + timedelta(days=1) if last else None,
            from_time=fields.clock_or_none(data, "from_time", _("From")),
            to_time=fields.clock_or_none(data, "to_time", _("To")),
        )


def place_of(data: Mapping[str, str]) -> Place | None:
    """The place that was chosen, if any. :raises Invisible: none the viewer may see."""
    chosen = fields.key_or_none(data, "place")
    return units.place(chosen) if chosen is not None else None
